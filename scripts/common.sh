# What the scripts share: where caches are, stages with their times, the Python environment, the built module.
#
# In: HELIOS_CACHE (a folder for everything that is built; by default under the home directory) and CARGO_TARGET_DIR
# (by default a folder in it). Always: nothing is written into the checkout.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export HELIOS_CACHE="${HELIOS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/helios}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HELIOS_CACHE/target}"
export PYTHONDONTWRITEBYTECODE=1 RUFF_NO_CACHE=true PIP_DISABLE_PIP_VERSION_CHECK=1
VENV="$HELIOS_CACHE/venv"
STAGES=()

# Runs a command under a heading and remembers how long it took; the first one that fails ends the script.
stage() {
    local name="$1" start="$SECONDS"
    shift
    printf '\n=== %s\n' "$name"
    # Not in a condition: there bash would ignore failures inside a function.
    "$@"
    STAGES+=("$(printf '%5d s  %s' "$((SECONDS - start))" "$name")")
}

# A line for each stage; the last thing that a script prints.
summary() {
    printf '\n=== All stages passed\n'
    printf '%s\n' "${STAGES[@]}"
    printf '%5d s  in all\n' "$SECONDS"
}

need() {
    command -v "$1" >/dev/null || { echo "$1 is not installed: $2" >&2; exit 1; }
}

# The shell of SQLite, which ours is compared with. Where it is not there and cannot be installed, that is said.
sqlite_shell() {
    command -v sqlite3 >/dev/null || apt-get install --yes --quiet sqlite3 >/dev/null 2>&1 ||
        echo "SKIPPED: what is compared with the sqlite3 shell, which is not installed"
}

# The server of etcd, in which a driver keeps databases. Where it is not there and cannot be installed, that is said.
etcd_server() {
    command -v etcd >/dev/null && command -v etcdctl >/dev/null ||
        apt-get install --yes --quiet etcd-server etcd-client >/dev/null 2>&1 ||
        echo "SKIPPED: what is tested with etcd, which is not installed"
}

# The Python environment, with packages by name. Debian's python3 may come without what `venv` needs.
python_environment() {
    need python3 "Python 3.11 or later is needed"
    if ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
        rm -rf "$VENV"
        if ! python3 -m venv "$VENV" >/dev/null 2>&1; then
            rm -rf "$VENV"
            python3 -m pip install --quiet --target "$HELIOS_CACHE/virtualenv" virtualenv
            PYTHONPATH="$HELIOS_CACHE/virtualenv" python3 -m virtualenv --quiet "$VENV"
        fi
    fi
    "$VENV/bin/python" -m pip install --quiet "$@"
}

# Builds the module heliosdb_sqlite and installs it in the Python environment.
python_module() {
    need cargo "see https://rustup.rs"
    python_environment 'maturin>=1.16,<2'
    local wheels="$HELIOS_CACHE/wheels"
    rm -rf "$wheels"
    "$VENV/bin/maturin" build --release --locked --quiet --manifest-path helios-py/Cargo.toml --out "$wheels"
    "$VENV/bin/python" -m pip install --quiet --force-reinstall --no-deps "$wheels"/*.whl
}

# Runs the tests of other people's programs on the module that was built last; arguments go to the command that does.
foreign_programs() {
    local cache="$HELIOS_CACHE/programs" VENV="$HELIOS_CACHE/programs/venv"
    mkdir -p "$cache"
    python_environment --requirement helios-py/programs/requirements.txt
    "$VENV/bin/python" -m pip install --quiet --force-reinstall --no-deps "$HELIOS_CACHE"/wheels/*.whl
    "$VENV/bin/python" helios-py/programs/run.py --cache "$cache" "$@"
}

# A tool of cargo's registry, in the cache; the command is called as the crate.
tool() {
    export PATH="$HELIOS_CACHE/tools/bin:$PATH"
    command -v "$1" >/dev/null || cargo install --quiet --locked --root "$HELIOS_CACHE/tools" "$@"
}

# Every crate that can be published, as it would be, built from what was packed, into a folder. The Python module is
# published as a wheel. What an earlier build of the same version has left would be taken for this one's, so it is built anew.
crates() {
    local target
    target="$(mktemp -d)"
    CARGO_TARGET_DIR="$target" cargo package --workspace --exclude helios-tests --exclude helios-benches \
        --exclude helios-py --locked --quiet
    cp "$target"/package/*.crate "$1"
    rm -r "$target"
}

# What the Python module and the programs are linked from, in the form of CycloneDX.
bill_of_materials() {
    tool cargo-cyclonedx
    local checkout
    checkout="$(mktemp -d)"
    # It writes beside the manifests.
    git archive HEAD | tar --extract --directory "$checkout"
    (cd "$checkout" && cargo cyclonedx --quiet --format json --manifest-path helios-py/Cargo.toml --override-filename bom)
    # Where it was made is nobody's business, and differs each time.
    sed "s#path+file://$checkout/#path+file:#g" "$checkout/helios-py/bom.json" >"$1"
    rm -r "$checkout"
}

# The documentation as a book.
book() {
    tool mdbook --no-default-features
    mdbook build --dest-dir "$1" .
}
