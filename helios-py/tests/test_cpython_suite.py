"""CPython's own tests of `sqlite3`, run on `heliosdb_sqlite` in its place.

The suite is the one of the interpreter that runs this: `test.test_sqlite3`, before 3.11 `sqlite3.test`. Every case that
does not pass is listed with the reason in `cpython_exceptions.py`; a listed case that passes is an error like an
unlisted one that does not.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from cpython_exceptions import NOT_PASSING

HERE = pathlib.Path(__file__).parent
MODULES = [
    "test_backup",
    "test_dbapi",
    "test_dump",
    "test_factory",
    "test_hooks",
    "test_regression",
    "test_transactions",
    "test_types",
    "test_userfunctions",
]
if sys.version_info >= (3, 12):
    MODULES.append("test_cli")


class Outcomes:
    """What became of the cases of one module."""

    def __init__(self, module: str, path: pathlib.Path | None):
        self.module, self.path = module, path
        self.found = {}
        self.cases = None
        left = []
        while self.cases is None or left:
            before = len(self.found)
            self._run(left)
            if self.cases is None or len(self.found) == before:
                raise AssertionError(f"{module} does not run: {self.errors}")
            left = [case for case in self.cases if case not in self.found]

    def _run(self, names: list[str]) -> None:
        environment = dict(os.environ)
        if self.path is not None:
            environment["PYTHONPATH"] = str(self.path)
        with tempfile.TemporaryDirectory() as folder:
            child = subprocess.run(
                [sys.executable, str(HERE / "cpython_child.py"), self.module, *names],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        self.errors = child.stderr[-2000:]
        begun = None
        for line in child.stdout.splitlines():
            try:
                line = json.loads(line)
            except ValueError:
                # The cases print too.
                continue
            if "cases" in line:
                self.cases = line["cases"]
            elif "begun" in line:
                begun = line["begun"]
            else:
                self.found[line["ended"]] = (line["outcome"], line["detail"])
                begun = None
        if begun is not None:
            self.found[begun] = ("crashed", f"exit status {child.returncode}: {self.errors}")


class CPythonSuite(unittest.TestCase):
    def test_the_suite_is_there(self):
        is_of_its_own = sys.version_info >= (3, 11)
        found = importlib.util.find_spec("test.test_sqlite3" if is_of_its_own else "sqlite3.test")
        self.assertIsNotNone(found, "this Python comes without its own tests; use one that has them")
        paths = pathlib.Path(found.origin).parent.glob("test_*.py" if is_of_its_own else "[!_]*.py")
        there = {f"test_{path.stem.removeprefix('test_')}" for path in paths}
        self.assertEqual(there, set(MODULES))

    def test_every_exception_is_of_a_module_that_is_run(self):
        self.assertEqual({name.split(".")[0] for name in NOT_PASSING} - set(MODULES), set())


def check(module: str):
    def test(self):
        outcomes = Outcomes(module, HERE / "replaced").found
        listed = {name.removeprefix(f"{module}.") for name in NOT_PASSING if name.startswith(f"{module}.")}
        wrong = [
            f"{case} {outcome}: {detail}"
            for case, (outcome, detail) in outcomes.items()
            if outcome != "passed" and case not in listed
        ]
        wrong += [
            f"{case} is listed as not passing and {outcomes[case][0] if case in outcomes else 'not there'}"
            for case in sorted(listed)
            if outcomes.get(case, ("missing",))[0] in ("passed", "missing")
        ]
        passed = sum(outcome == "passed" for outcome, _ in outcomes.values())
        print(f"{module}: {passed} of {len(outcomes)} pass", file=sys.stderr)
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    return test


for _module in MODULES:
    setattr(CPythonSuite, f"test_{_module.removeprefix('test_')}", check(_module))


if __name__ == "__main__":
    unittest.main()
