"""Dates and times: the constructors of the DB-API, and the adapters and converters that are there from the start."""

import datetime
import sys
import time
import warnings

from ._native import register_adapter, register_converter

Date = datetime.date
Time = datetime.time
Timestamp = datetime.datetime
Binary = memoryview


def DateFromTicks(ticks: float) -> datetime.date:
    """The local date of a Unix time."""
    return Date(*time.localtime(ticks)[:3])


def TimeFromTicks(ticks: float) -> datetime.time:
    """The local time of day of a Unix time."""
    return Time(*time.localtime(ticks)[3:6])


def TimestampFromTicks(ticks: float) -> datetime.datetime:
    """The local date and time of a Unix time."""
    return Timestamp(*time.localtime(ticks)[:6])


def _warn(what: str) -> None:
    if sys.version_info >= (3, 12):
        warnings.warn(
            f"The default {what} is deprecated as of Python 3.12; "
            "see the sqlite3 documentation for suggested replacement recipes",
            DeprecationWarning,
            stacklevel=3,
        )


def _date_to_text(value: datetime.date) -> str:
    _warn("date adapter")
    return value.isoformat()


def _datetime_to_text(value: datetime.datetime) -> str:
    _warn("datetime adapter")
    return value.isoformat(" ")


def _text_to_date(text: bytes) -> datetime.date:
    _warn("date converter")
    return datetime.date(*map(int, text.split(b"-")))


def _text_to_datetime(text: bytes) -> datetime.datetime:
    _warn("timestamp converter")
    day, clock = text.split(b" ")
    clock, *fraction = clock.split(b".")
    microseconds = 0
    if len(fraction) == 1:
        microseconds = int(f"{fraction[0].decode():0<6.6}")
    year, month, number = map(int, day.split(b"-"))
    hour, minute, second = map(int, clock.split(b":"))
    return datetime.datetime(year, month, number, hour, minute, second, microseconds)


register_adapter(datetime.date, _date_to_text)
register_adapter(datetime.datetime, _datetime_to_text)
register_converter("date", _text_to_date)
register_converter("timestamp", _text_to_datetime)
