"""What later versions of Python warn about: arguments by keyword or by position that are to be given otherwise."""

import functools
import sys
import warnings
from collections.abc import Callable
from typing import Any

from ._native import Connection

_OF_CONNECTION = (
    "timeout",
    "detect_types",
    "isolation_level",
    "check_same_thread",
    "factory",
    "cached_statements",
    "uri",
)


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"'{name}'" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def _positional_only(method: Callable[..., Any], names: tuple[str, ...]) -> Callable[..., Any]:
    """The method, warning of the first parameters, these, by keyword."""
    plural = "s" if len(names) > 1 else ""
    message = (
        f"Passing keyword argument{plural} {_listed(names)} to _sqlite3.Connection.{method.__name__}() is deprecated. "
        f"Parameter{plural} {_listed(names)} will become positional-only in Python 3.15."
    )

    @functools.wraps(method)
    def call(self: Connection, /, *arguments: object, **keywords: object) -> object:
        by_keyword = names[len(arguments) :]
        # If one is missing, the method says so.
        if by_keyword and keywords.keys() >= set(by_keyword):
            warnings.warn(message, DeprecationWarning, stacklevel=2)
        return method(self, *arguments, **keywords)

    return call


def positional_message(function: str) -> str:
    """The warning about more than one argument by position."""
    return (
        f"Passing more than 1 positional argument to {function}() is deprecated. Parameters {_listed(_OF_CONNECTION)} "
        "will become keyword-only parameters in Python 3.15."
    )


def _keyword_only(initialize: Callable[..., None]) -> Callable[..., None]:
    """`Connection.__init__`, warning of more than one argument by position."""
    message = positional_message("_sqlite3.Connection")

    @functools.wraps(initialize)
    def call(self: Connection, /, *arguments: object, **keywords: object) -> None:
        if 1 < len(arguments) <= 1 + len(_OF_CONNECTION):
            warnings.warn(message, DeprecationWarning, stacklevel=2)
        initialize(self, *arguments, **keywords)

    return call


def warn_where_python_does() -> None:
    """Has the class `Connection` warn as that of the running Python does."""
    if sys.version_info < (3, 13):
        return
    for name, names in (
        ("create_function", ("name", "narg", "func")),
        ("create_aggregate", ("name", "n_arg", "aggregate_class")),
        ("set_authorizer", ("authorizer_callback",)),
        ("set_progress_handler", ("progress_handler",)),
        ("set_trace_callback", ("trace_callback",)),
    ):
        setattr(Connection, name, _positional_only(getattr(Connection, name), names))
    Connection.__init__ = _keyword_only(Connection.__init__)  # type: ignore[method-assign]
