"""Runs cases of CPython's own suite in a process of its own, and prints a JSON line as each begins and ends.

`python cpython_child.py MODULE [CASE ...]` runs the named cases of `test_MODULE`, or all of them.
Which `sqlite3` they get is decided by the path that the process was started with.
"""

import faulthandler
import importlib.util
import json
import pathlib
import re
import sys
import sysconfig
import types
import unittest

# A case that takes longer hangs; the process ends and says where.
SECONDS_FOR_A_CASE = 60


def _say(**line) -> None:
    print(json.dumps(line), file=sys.__stdout__, flush=True)


class Report(unittest.TestResult):
    """Prints what becomes of each case."""

    def startTest(self, test):
        super().startTest(test)
        self.outcome = ("passed", "")
        faulthandler.dump_traceback_later(SECONDS_FOR_A_CASE, exit=True)
        _say(begun=short_name(test))

    def stopTest(self, test):
        super().stopTest(test)
        faulthandler.cancel_dump_traceback_later()
        outcome, detail = self.outcome
        _say(ended=short_name(test), outcome=outcome, detail=detail)

    def _failed(self, test, error):
        self.outcome = ("failed", self._exc_info_to_string(error, test).strip().splitlines()[-1])

    addError = addFailure = _failed

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self._failed(test, error)

    def addSkip(self, test, reason):
        self.outcome = ("skipped", reason)

    def addUnexpectedSuccess(self, test):
        self.outcome = ("failed", "unexpected success")

    # Needed for the text of errors.
    def _is_relevant_tb_level(self, tb):
        return False


def short_name(test: unittest.TestCase) -> str:
    """`Class.method`, which in 3.9 may be `Class.CheckThis` for what is `Class.test_this` since."""
    class_name, method = test.id().split(".")[-2:]
    if method.startswith("Check"):
        method = "test" + re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", method[len("Check") :])
    return f"{class_name}.{method}"


def cases(suite):
    """The cases of a suite of suites."""
    for part in suite:
        if isinstance(part, unittest.TestSuite):
            yield from cases(part)
        else:
            yield part


def load(name: str) -> types.ModuleType:
    """A module of the suite. Before 3.11 it was a part of the package `sqlite3`, which may have been replaced here."""
    if sys.version_info >= (3, 11):
        return importlib.import_module(f"test.test_sqlite3.{name}")
    name = name.removeprefix("test_")
    path = pathlib.Path(sysconfig.get_path("stdlib"), "sqlite3", "test", f"{name}.py")
    found = importlib.util.spec_from_file_location(f"suite_{name}", path)
    module = importlib.util.module_from_spec(found)
    sys.modules[module.__name__] = module
    found.loader.exec_module(module)
    return module


def main() -> None:
    module = load(sys.argv[1])
    wanted = set(sys.argv[2:])
    # The names of the cases of 3.9 do not begin as the loader wants them.
    found = cases(
        unittest.defaultTestLoader.loadTestsFromModule(module)
        if sys.version_info >= (3, 10)
        else module.suite()
    )
    suite = unittest.TestSuite(case for case in found if not wanted or short_name(case) in wanted)
    if len(sys.argv) == 2:
        _say(cases=[short_name(case) for case in suite])
    suite.run(Report())


if __name__ == "__main__":
    main()
