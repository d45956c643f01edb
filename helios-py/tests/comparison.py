"""The same program on `sqlite3` and on `heliosdb_sqlite`: what it sees has to be the same.

A program is a function that gets a module and a `Notes`, and notes what it sees. Values are compared with their
types, exceptions by class, words and SQLite's code.
"""

import functools
import sqlite3
import unittest

import heliosdb_sqlite


class Notes:
    """What a program sees."""

    def __init__(self, module):
        self.module = module
        self.seen = []

    def __call__(self, value) -> None:
        """Notes a value."""
        self.seen.append(described(value, self.module))

    def call(self, function, *arguments, **keywords):
        """Calls something, notes what it gives or raises, and gives it."""
        try:
            result = function(*arguments, **keywords)
        except BaseException as error:
            self.seen.append(raised(error, self.module))
            return None
        self(result)
        return result


def class_name(kind: type, module) -> str:
    """The name of a class, with `module` for whatever belongs to the module under test."""
    own = kind.__module__ in (module.__name__, "heliosdb_sqlite", "heliosdb_sqlite._native")
    return f"{'module' if own else kind.__module__}.{kind.__qualname__}"


def described(value, module):
    """A value with its types, as something that can be compared and printed."""
    if isinstance(value, (list, tuple)):
        return (class_name(type(value), module), [described(part, module) for part in value])
    if isinstance(value, dict):
        return ("dict", [(described(key, module), described(part, module)) for key, part in value.items()])
    if value is None or isinstance(value, (int, float, str, bytes, bytearray)):
        return (class_name(type(value), module), repr(value))
    if isinstance(value, module.Row):
        return (class_name(type(value), module), value.keys(), described(tuple(value), module))
    return class_name(type(value), module)


def raised(error: BaseException, module):
    """An exception: its class, words and codes."""
    codes = (getattr(error, "sqlite_errorcode", None), getattr(error, "sqlite_errorname", None))
    # Classes are called by the name of their module in some sentences of Python.
    words = str(error).replace("heliosdb_sqlite.", "module.").replace("sqlite3.", "module.")
    return ("raised", class_name(type(error), module), words, *codes)


class Comparison(unittest.TestCase):
    """Cases that are programs run on both modules."""

    maxDiff = None

    def compare(self, program) -> None:
        """Runs a program on both modules and compares what it notes."""
        seen = []
        for module in (sqlite3, heliosdb_sqlite):
            notes = Notes(module)
            program(module, notes)
            seen.append(notes.seen)
        standard, ours = seen
        self.assertTrue(standard, "the program notes nothing")
        self.assertEqual(ours, standard)


def same(program):
    """A case from a program."""

    @functools.wraps(program)
    def case(self):
        self.compare(functools.partial(program, self))

    return case
