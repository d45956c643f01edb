"""The wire protocol to a server of helios, from the client's side: where it is, who asks, statements and their answers.

Statements go in SQLite's dialect (`helios.dialect`), values with their storage classes (format 2): what comes back is
what an embedded connection would give.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import getpass
import hashlib
import hmac
import os
import socket
import ssl
import stringprep
import struct
import unicodedata
import urllib.parse
from collections.abc import Iterable
from typing import Any, NoReturn

from ._exceptions import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

_PROTOCOL = 196608
_WANTS_TLS = 80877103
_CANCELS = 80877102
_MODES = ("disable", "prefer", "require", "verify-ca", "verify-full")
_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "application_name")

# The type of vectors, which come as 32-bit floats.
VECTOR = 16385

# The classes of SQLite's codes, as `sqlite3` chooses them.
_CLASSES = {
    2: InternalError,
    11: DatabaseError,
    18: DataError,
    19: IntegrityError,
    20: IntegrityError,
    21: InterfaceError,
    23: DatabaseError,
    25: InterfaceError,
    26: DatabaseError,
}


@dataclasses.dataclass
class Place:
    """Where a server is, and as whom to connect to which database."""

    host: str
    port: int
    user: str
    password: str | None
    database: str
    sslmode: str = "prefer"
    sslrootcert: str | None = None
    sslcert: str | None = None
    sslkey: str | None = None
    connect_timeout: float = 30.0
    application_name: str = "heliosdb_sqlite"

    @classmethod
    def of(cls, url: str) -> Place:
        """Read `postgresql://user:password@host:port/database?option=value`."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("postgresql", "postgres"):
            message = f"a server is named by postgresql://host:port/database, not by {url!r}"
            raise ProgrammingError(message)
        user = urllib.parse.unquote(parts.username or "") or getpass.getuser()
        options: dict[str, Any] = dict(urllib.parse.parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        for name in options:
            if name not in _OPTIONS:
                message = f"unknown option {name!r} of a server's address; there are {', '.join(_OPTIONS)}"
                raise ProgrammingError(message)
        if options.get("sslmode", "prefer") not in _MODES:
            message = f"sslmode must be one of {', '.join(_MODES)}, not {options['sslmode']!r}"
            raise ProgrammingError(message)
        if "connect_timeout" in options:
            options["connect_timeout"] = float(options["connect_timeout"])
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or 5432,
            user=user,
            password=None if parts.password is None else urllib.parse.unquote(parts.password),
            database=urllib.parse.unquote(parts.path.lstrip("/")) or user,
            **options,
        )


@dataclasses.dataclass
class Answer:
    """What a statement has given."""

    columns: list[tuple[str, int]] | None = None
    rows: list[list[Any]] = dataclasses.field(default_factory=list)
    lastrowid: int | None = None
    changes: int = -1


def _prepared(password: str) -> bytes:
    """A password as SASLprep (RFC 4013) makes it equal to itself in other forms."""
    spaced = "".join(" " if stringprep.in_table_c12(part) else part for part in password)
    kept = "".join(part for part in spaced if not stringprep.in_table_b1(part))
    return unicodedata.normalize("NFKC", kept).encode()


def encoded(value: Any) -> bytes:
    """The value of a parameter with its length."""
    if value is None:
        return b"\xff\xff\xff\xff"
    if isinstance(value, int):
        body = b"i" + struct.pack(">q", value)
    elif isinstance(value, float):
        body = b"r" + struct.pack(">d", value)
    elif isinstance(value, str):
        body = b"t" + value.encode()
    else:
        body = b"b" + bytes(value)
    return struct.pack(">i", len(body)) + body


def _decoded(body: bytes, at: int, size: int) -> Any:
    """A value; texts stay bytes in a tuple, because a connection decides what becomes of them."""
    kind = body[at]
    if kind == 105:
        return struct.unpack_from(">q", body, at + 1)[0]
    if kind == 114:
        return struct.unpack_from(">d", body, at + 1)[0]
    if kind == 116:
        return (body[at + 1 : at + size],)
    return body[at + 1 : at + size]


def _row(body: bytes) -> list[Any]:
    values: list[Any] = []
    at = 2
    for _ in range(int.from_bytes(body[:2], "big")):
        size = int.from_bytes(body[at : at + 4], "big", signed=True)
        at += 4
        if size < 0:
            values.append(None)
        else:
            values.append(_decoded(body, at, size))
            at += size
    return values


def _columns(body: bytes) -> list[tuple[str, int]]:
    columns = []
    at = 2
    for _ in range(int.from_bytes(body[:2], "big")):
        end = body.index(0, at)
        columns.append((body[at:end].decode(), int.from_bytes(body[end + 7 : end + 11], "big")))
        at = end + 19
    return columns


def _failure(body: bytes) -> Error | MemoryError:
    """The exception that an error of the server is."""
    fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
    message, state = fields.get(b"M", ""), fields.get(b"C", "")
    if message == "You can only execute one statement at a time.":
        return ProgrammingError(message)
    if b"h" in fields:
        code, _, name = fields[b"h"].partition(" ")
        number = int(code)
        if number == 7:
            return MemoryError()
        found = _CLASSES.get(number & 0xFF, OperationalError)(message)
        found.sqlite_errorcode = number
        found.sqlite_errorname = name
        return found
    if state.startswith("0A"):
        return NotSupportedError(message)
    return (DataError if state.startswith("22") else OperationalError)(message)


def _text(text: str) -> bytes:
    return text.encode() + b"\0"


class Wire:
    """A connection to a server. It does one thing at a time."""

    def __init__(self, place: Place, settings: dict[str, str]) -> None:
        self._place = place
        self._lost: str | None = None
        self._buffer = b""
        self.in_transaction = False
        self.total_changes = 0
        self._key = b""
        try:
            self._socket = self._connected()
            try:
                self._begin(settings)
            except BaseException:
                self._socket.close()
                raise
        except (OSError, ValueError) as error:
            message = f"cannot connect to {place.host}:{place.port}: {error}"
            raise OperationalError(message) from error

    def _connected(self) -> socket.socket:
        place = self._place
        plain = socket.create_connection((place.host, place.port), place.connect_timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if place.sslmode == "disable":
            return plain
        plain.sendall(struct.pack(">ii", 8, _WANTS_TLS))
        answer = plain.recv(1)
        if answer != b"S":
            if place.sslmode != "prefer":
                plain.close()
                message = "the server does not support TLS, which sslmode asks for"
                raise OperationalError(message)
            if answer == b"E":
                # It lets nobody in from here: this is the beginning of its reason.
                self._buffer = answer
            return plain
        return self._tls().wrap_socket(plain, server_hostname=place.host)

    def _tls(self) -> ssl.SSLContext:
        place = self._place
        context = ssl.create_default_context(cafile=place.sslrootcert)
        # As libpq: who the server is, is looked at only where that is asked for.
        context.check_hostname = place.sslmode == "verify-full"
        if place.sslmode in ("prefer", "require") and place.sslrootcert is None:
            context.verify_mode = ssl.CERT_NONE
        if place.sslcert is not None:
            context.load_cert_chain(place.sslcert, place.sslkey)
        return context

    def _begin(self, settings: dict[str, str]) -> None:
        place = self._place
        parameters = {
            "user": place.user,
            "database": place.database,
            "client_encoding": "UTF8",
            "application_name": place.application_name,
            "helios.dialect": "sqlite",
            **settings,
        }
        body = struct.pack(">i", _PROTOCOL)
        body += b"".join(_text(name) + _text(value) for name, value in parameters.items()) + b"\0"
        if not self._buffer:
            self._socket.sendall(struct.pack(">i", len(body) + 4) + body)
        scram = None
        while True:
            kind, body = self._message()
            if kind == b"E":
                raise _failure(body)
            if kind == b"R":
                scram = self._authenticate(body, scram)
            elif kind == b"K":
                self._key = body
            elif kind == b"Z":
                break
        self._socket.settimeout(None)

    def _authenticate(self, body: bytes, scram: _Scram | None) -> _Scram | None:
        code, more = int.from_bytes(body[:4], "big"), body[4:]
        if code == 0:
            return scram
        if self._place.password is None:
            message = "the server asks for a password, and the address has none"
            raise OperationalError(message)
        if code == 10 and b"SCRAM-SHA-256" in more.split(b"\0"):
            scram = _Scram(self._place.password)
            first = scram.first()
            self._say(b"p", _text("SCRAM-SHA-256") + struct.pack(">i", len(first)) + first)
        elif code == 11 and scram is not None:
            self._say(b"p", scram.final(more))
        elif code == 12 and scram is not None:
            scram.check(more)
        else:
            message = f"the server asks for an authentication that is not known here ({code})"
            raise NotSupportedError(message)
        return scram

    def _say(self, kind: bytes, body: bytes) -> None:
        self._socket.sendall(kind + struct.pack(">i", len(body) + 4) + body)

    def _message(self) -> tuple[bytes, bytes]:
        head = self._take(5)
        return head[:1], self._take(int.from_bytes(head[1:], "big") - 4)

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            more = self._socket.recv(max(65536, size - len(self._buffer)))
            if not more:
                message = "it has closed the connection"
                raise ConnectionError(message)
            self._buffer += more
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def _lose(self, error: BaseException) -> NoReturn:
        self._lost = f"the connection to {self._place.host}:{self._place.port} is lost: {error}"
        self.in_transaction = False
        self._socket.close()
        raise OperationalError(self._lost) from error

    def _exchange(self, packet: bytes, expected: int) -> list[Answer]:
        """Send messages and read up to so many ReadyForQuery; the first error is raised behind the last."""
        if self._lost is not None:
            raise OperationalError(self._lost)
        answers = [Answer()]
        failure: Error | MemoryError | None = None
        try:
            self._socket.sendall(packet)
            while expected:
                kind, body = self._message()
                if kind == b"D":
                    answers[-1].rows.append(_row(body))
                elif kind == b"T":
                    answers[-1].columns = _columns(body)
                elif kind == b"C":
                    _, lastrowid, changes, total = body[:-1].split(b" ")
                    answers[-1].lastrowid, answers[-1].changes = int(lastrowid), int(changes)
                    self.total_changes = int(total)
                    answers.append(Answer())
                elif kind == b"I":
                    answers.append(Answer())
                elif kind == b"E":
                    failure = failure or _failure(body)
                elif kind == b"Z":
                    self.in_transaction = body != b"I"
                    expected -= 1
        except OSError as error:
            if failure is not None:
                # It has said why it goes.
                self._lose(failure)
            self._lose(error)
        except BaseException:
            # Nobody reads the rest of the answer.
            self._lost = "the connection was given up in the middle of an answer"
            self._socket.close()
            raise
        if failure is not None:
            raise failure
        return answers[:-1]

    @staticmethod
    def _packed(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack(">i", len(body) + 4) + body

    def _bound(self, values: Iterable[bytes], count: int) -> bytes:
        body = b"\0\0" + struct.pack(">hhh", 1, 2, count) + b"".join(values) + struct.pack(">hh", 1, 2)
        return self._packed(b"B", body)

    def run(self, sql: str, values: list[bytes]) -> Answer:
        """Run one statement."""
        packet = (
            self._packed(b"P", b"\0" + _text(sql) + b"\0\0")
            + self._bound(values, len(values))
            + self._packed(b"D", b"P\0")
            + self._packed(b"E", b"\0\0\0\0\0")
            + self._packed(b"S", b"")
        )
        return self._exchange(packet, 1)[0]

    def run_many(self, sql: str, rows: list[list[bytes]]) -> int:
        """Run one statement for several rows of parameters, up to the first that fails; how many rows it changed."""
        packet = [self._packed(b"P", b"\0" + _text(sql) + b"\0\0")]
        for row in rows:
            packet.append(self._bound(row, len(row)))
            packet.append(self._packed(b"E", b"\0\0\0\0\0"))
        packet.append(self._packed(b"S", b""))
        return sum(max(answer.changes, 0) for answer in self._exchange(b"".join(packet), 1))

    def script(self, text: str) -> None:
        """Run all statements of a text."""
        self._exchange(self._packed(b"Q", _text(text)), 1)

    def cancel(self) -> None:
        """Have the statement that runs end with an error."""
        place = self._place
        with socket.create_connection((place.host, place.port), place.connect_timeout) as other:
            other.sendall(struct.pack(">ii", 16, _CANCELS) + self._key)
            # It answers by closing.
            other.recv(1)

    def close(self) -> None:
        """Say goodbye. What was not committed is undone."""
        if self._lost is None:
            self._lost = "Cannot operate on a closed database."
            with contextlib.suppress(OSError):
                self._say(b"X", b"")
            self._socket.close()


class _Scram:
    """SCRAM-SHA-256 (RFC 5802, RFC 7677)."""

    def __init__(self, password: str) -> None:
        self._password = _prepared(password)
        self._nonce = base64.b64encode(os.urandom(18)).decode()
        self._signature = b""

    def _bare(self) -> str:
        return f"n=,r={self._nonce}"

    def first(self) -> bytes:
        return f"n,,{self._bare()}".encode()

    def final(self, challenge: bytes) -> bytes:
        parts = dict(part.split("=", 1) for part in challenge.decode().split(","))
        if not parts["r"].startswith(self._nonce):
            message = "the server has answered somebody else's authentication"
            raise OperationalError(message)
        salted = hashlib.pbkdf2_hmac("sha256", self._password, base64.b64decode(parts["s"]), int(parts["i"]))
        client = hmac.digest(salted, b"Client Key", "sha256")
        without_proof = f"c=biws,r={parts['r']}"
        signed = f"{self._bare()},{challenge.decode()},{without_proof}".encode()
        proof = hmac.digest(hashlib.sha256(client).digest(), signed, "sha256")
        proof = bytes(left ^ right for left, right in zip(client, proof))
        self._signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), signed, "sha256")
        return f"{without_proof},p={base64.b64encode(proof).decode()}".encode()

    def check(self, end: bytes) -> None:
        """The server has to know the password, too."""
        parts = dict(part.split("=", 1) for part in end.decode().split(","))
        if not hmac.compare_digest(base64.b64decode(parts.get("v", "")), self._signature):
            message = "the server does not know the password"
            raise OperationalError(message)
