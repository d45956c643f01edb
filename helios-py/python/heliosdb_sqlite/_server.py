"""Servers for PostgreSQL's clients, in the background of a Python program."""

from __future__ import annotations

import atexit
import collections.abc
import dataclasses
import weakref
from typing import Any, NamedTuple

from . import _native

_running: weakref.WeakSet[_native.Server] = weakref.WeakSet()

# What shapes a single connection and says nothing to a server.
_OF_CONNECTIONS = (
    "as_of",
    "autocommit",
    "branch",
    "cached_statements",
    "check_same_thread",
    "detect_types",
    "factory",
    "heliosdb_mode",
    "isolation_level",
    "server",
)


class ServerInfo(NamedTuple):
    """Where clients find a server."""

    url: str
    host: str
    port: int


@dataclasses.dataclass(frozen=True)
class ServerStatus:
    """What a server has counted since it was started."""

    active_connections: int
    total_queries: int
    uptime_seconds: float
    total_connections: int
    rejected_connections: int
    version: str


def start_server(
    database: Any,
    host: str | None = None,
    port: int = 5432,
    max_connections: int | None = None,
    *,
    connection_timeout: float | None = None,
    enable_ssl: bool = False,
    ssl_cert: Any = None,
    ssl_key: Any = None,
    ssl_ca: Any = None,
    auth_method: str | None = None,
    users: collections.abc.Mapping[str, str] | None = None,
    allowed_ips: collections.abc.Iterable[str] | None = None,
    **connect_arguments: Any,
) -> _native.Server:
    """Serve a database to PostgreSQL's clients until the server is stopped or the program ends.

    What is not given is what `[server]` of the configuration says. The arguments of `connect` that say how a database
    is opened are taken, too.
    """
    for name in _OF_CONNECTIONS:
        if name in connect_arguments:
            message = f"start_server() got an unexpected keyword argument {name!r}"
            raise TypeError(message)
    given = {
        "host": host,
        "max_connections": max_connections,
        "connection_timeout": connection_timeout,
        "ssl_cert": ssl_cert,
        "ssl_key": ssl_key,
        "ssl_ca": ssl_ca,
        "auth_method": auth_method,
        "users": None if users is None else dict(users),
        "allowed_ips": None if allowed_ips is None else list(allowed_ips),
    }
    settings: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    settings["port"] = port
    if enable_ssl:
        settings["enable_ssl"] = True
    timeout = connect_arguments.get("timeout")
    if timeout is not None:
        settings["lock_timeout"] = timeout
    connection = _native.connect(database, heliosdb_mode="hybrid", server=settings, **connect_arguments)
    server = connection._detach_server()
    connection.close()
    _running.add(server)
    return server


def _stop_all() -> None:
    for server in list(_running):
        server.stop()


atexit.register(_stop_all)
