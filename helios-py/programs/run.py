"""Runs the tests of other people's programs with `sqlite3` and with `heliosdb_sqlite` in its place, and compares.

`python run.py --cache FOLDER [--sample] [PROGRAM ...]`, in an environment with `requirements.txt` and the module. The
programs are those of `programs.py`, unchanged, in the versions of `requirements.txt`. What passes with `sqlite3` has to
pass here; what does not is listed with the reason in `exceptions.py`, and a listed test that passes is an error, too.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as xml

from exceptions import NOT_PASSING
from programs import PROGRAMS, Program

HERE = pathlib.Path(__file__).resolve().parent
# A `sqlite3` that is found first, and is heliosdb_sqlite.
REPLACED = HERE.parent / "tests" / "replaced"
MODULES = ("sqlite3", "heliosdb_sqlite")
Outcomes = dict[str, tuple[str, str]]


def version(program: Program) -> str:
    """The version that is installed."""
    for line in (HERE / "requirements.txt").read_text().splitlines():
        name, _, wanted = line.partition("==")
        if name.lower() == program.package.lower():
            return wanted
    raise SystemExit(f"requirements.txt does not name {program.package}")


def source(program: Program, cache: pathlib.Path) -> pathlib.Path:
    """Where the tests are: in the installed package, or in its source distribution, which is fetched once."""
    if not program.from_source:
        script = f"import {program.package} as p; print(p.__path__[0])"
        found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
        return pathlib.Path(found.stdout.strip())
    wanted = f"{program.package}-{version(program)}"
    folder = cache / "sources" / wanted
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as fetched:
            # What builds them is in requirements.txt: nothing else is fetched for it.
            command = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--no-build-isolation",
            ]
            requirement = wanted.replace("-" + version(program), "==" + version(program))
            subprocess.run([*command, "--no-binary=:all:", f"--dest={fetched}", requirement], check=True)
            (archive,) = pathlib.Path(fetched).glob("*.tar.gz")
            with tarfile.open(archive) as files:
                files.extractall(fetched, filter="data")
            (unpacked,) = (path for path in pathlib.Path(fetched).iterdir() if path.is_dir())
            unpacked.rename(folder)
    return folder


def run(program: Program, module: str, cache: pathlib.Path, sample: bool) -> Outcomes:
    """What becomes of the program's tests."""
    report = cache / "results" / f"{program.package}-{module}{'-sample' if sample else ''}"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", HELIOS_OUTCOMES=str(report))
    paths = [str(REPLACED)] if module != "sqlite3" else []
    environment["PYTHONPATH"] = os.pathsep.join([*paths, str(HERE)])
    chosen = program.sample if sample else program.tests
    if program.runner == "pytest":
        command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=300", f"--junitxml={report}"]
        command += ["--tb=line", *program.options, *chosen]
    else:
        command = ["runtests.py", "--settings=django_settings", "--parallel=1", "--noinput", *chosen]
    log_name = report.with_name(f"{report.name}.log")
    command = [sys.executable, "-X", "faulthandler", *command]
    with tempfile.TemporaryDirectory() as fresh, open(log_name, "w") as log:
        # Tests leave files behind, which are none for the other module.
        folder = source(program, cache)
        if program.from_source:
            folder = pathlib.Path(shutil.copytree(folder, pathlib.Path(fresh) / program.package))
        program.prepare(folder)
        ended = subprocess.run(
            command, cwd=folder / program.folder, env=environment, stdout=log, stderr=log, check=False
        )
    if not report.exists():
        raise SystemExit(f"{program.package} on {module} ended with {ended.returncode}: see {log_name}")
    return read_junit(report) if program.runner == "pytest" else json.loads(report.read_text())


def read_junit(report: pathlib.Path) -> Outcomes:
    """The outcomes of a file as pytest writes it."""
    outcomes = {}
    for case in xml.parse(report).iter("testcase"):
        outcome, detail = "passed", ""
        for part in case:
            if part.tag in ("failure", "error"):
                outcome, detail = "failed", part.get("message", "")
            elif part.tag == "skipped" and outcome == "passed":
                outcome, detail = "skipped", part.get("message", "")
        name = f"{case.get('classname')}::{case.get('name')}"
        # A test whose tear-down fails is there twice. Addresses of objects differ from run to run.
        name = re.sub(r"0x[0-9a-f]+", "0x", name)
        if outcomes.get(name, ("passed",))[0] != "failed":
            outcomes[name] = (outcome, detail)
    return outcomes


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern, which may end with an asterisk, means a test."""
    return name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1]))


def check(program: Program, cache: pathlib.Path, sample: bool) -> list[str]:
    """Runs a program on both modules, prints the line of the table, and gives what is wrong."""
    standard, ours = (run(program, module, cache, sample) for module in MODULES)
    passing = [name for name, (outcome, _) in standard.items() if outcome == "passed"]
    listed = NOT_PASSING.get(program.package, {})
    wrong, excused, used = [], 0, set()
    for name in passing:
        outcome, detail = ours.get(name, ("missing", ""))
        patterns = [pattern for pattern in listed if matches(pattern, name)]
        if outcome == "passed":
            wrong += [f"{name} is listed as not passing and passes" for _ in patterns]
        elif patterns:
            used.update(patterns)
            excused += 1
        else:
            wrong.append(f"{name} {outcome}: {' '.join(detail.split())[:300]}")
    if not sample:
        wrong += [
            f"{pattern} is listed and nothing of that name fails" for pattern in listed if pattern not in used
        ]
    here = sum(ours.get(name, ("missing",))[0] == "passed" for name in passing)
    print(f"| {program.package} | {version(program)} | {len(passing)} | {here} | {excused} |", flush=True)
    return [f"{program.package}: {line}" for line in wrong]


def main() -> None:
    """The command."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument(
        "--cache", type=pathlib.Path, required=True, help="where sources and results are kept"
    )
    arguments.add_argument("--sample", action="store_true", help="only the fixed sample")
    arguments.add_argument("programs", nargs="*", help="all, if none is named")
    given = arguments.parse_args()
    unknown = set(given.programs) - {program.package for program in PROGRAMS}
    if unknown:
        arguments.error(f"no such program: {', '.join(sorted(unknown))}")
    print("| program | version | pass with sqlite3 | pass here | listed |\n|---|---|---|---|---|", flush=True)
    wrong = []
    for program in PROGRAMS:
        if program.package not in given.programs and given.programs:
            continue
        if program.sample or not given.sample:
            wrong += check(program, given.cache.resolve(), given.sample)
    print("\n".join(wrong))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
