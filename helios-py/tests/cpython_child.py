"""Runs cases of CPython's own suite in a process of its own, and prints a JSON line as each begins and ends.

`python cpython_child.py MODULE [CASE ...]` runs the named cases of `test.test_sqlite3.MODULE`, or all of them.
Which `sqlite3` they get is decided by the path that the process was started with.
"""

import faulthandler
import importlib
import json
import sys
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
    """`Class.method`."""
    return ".".join(test.id().split(".")[-2:])


def cases(suite):
    """The cases of a suite of suites."""
    for part in suite:
        if isinstance(part, unittest.TestSuite):
            yield from cases(part)
        else:
            yield part


def main() -> None:
    module = importlib.import_module(f"test.test_sqlite3.{sys.argv[1]}")
    wanted = set(sys.argv[2:])
    found = cases(unittest.defaultTestLoader.loadTestsFromModule(module))
    suite = unittest.TestSuite(case for case in found if not wanted or short_name(case) in wanted)
    if len(sys.argv) == 2:
        _say(cases=[short_name(case) for case in suite])
    suite.run(Report())


if __name__ == "__main__":
    main()
