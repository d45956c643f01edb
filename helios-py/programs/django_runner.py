"""Django's test runner, which writes the outcome of each test to the file that HELIOS_OUTCOMES names, as JSON."""

import json
import os
import unittest

from django.test.runner import DiscoverRunner


class Result(unittest.TextTestResult):
    """Remembers outcomes."""

    outcomes: dict[str, tuple[str, str]]

    def startTestRun(self):
        super().startTestRun()
        self.outcomes = {}

    def _note(self, test, outcome, error=None):
        detail = "" if error is None else self._exc_info_to_string(error, test).strip().splitlines()[-1]
        if self.outcomes.get(test.id(), ("passed",))[0] != "failed":
            self.outcomes[test.id()] = (outcome, detail)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._note(test, "passed")

    def addError(self, test, err):
        super().addError(test, err)
        self._note(test, "failed", err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._note(test, "failed", err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note(test, "failed", err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._note(test, "skipped")

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._note(test, "skipped")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.outcomes[test.id()] = ("failed", "unexpected success")

    def stopTestRun(self):
        super().stopTestRun()
        with open(os.environ["HELIOS_OUTCOMES"], "w") as report:
            json.dump(self.outcomes, report)


class Runner(DiscoverRunner):
    """With results that are written."""

    def get_resultclass(self):
        return Result
