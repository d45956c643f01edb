"""The settings of Django's own tests for SQLite, with a runner that writes down what becomes of each test."""

from test_sqlite import *  # noqa: F403

TEST_RUNNER = "django_runner.Runner"
