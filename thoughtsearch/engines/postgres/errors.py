"""Turn psycopg's errors into those of thoughtsearch, which say what was expected, what came, and what to do next.

No message holds a password.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from ...errors import (
    DatabaseError,
    DatabaseLocked,
    DatabaseUnavailable,
    InputError,
    ReadOnlyError,
    SchemaError,
    ThoughtsearchError,
)
from ..contract.engine import CLOSED
from .parameters import unknown_parameter

# 25P03 and 25P04 end a transaction that lasted too long, and the connection with it.
_GONE = ("57P01", "57P02", "57P03", "57P05", "25P03", "25P04")
# Parts of messages about a statement, a parameter or a text beyond the limits of libpq and the server. SQLSTATEs of class
# 54 say so too.
_TOO_LARGE = ("number of parameters must be", "invalid memory alloc request size")
_LOST = (
    "closed the connection",
    "connection is lost",
    "consuming input failed",
    "server conn crashed",
)
# Raised by thoughtsearch_unrestricted().
_HIDDEN = "TS001"
# Classes of SQLSTATE: connection, authorisation, no such database, too many connections, shutting down.
_CONNECTING = ("08", "28", "3D", "53", "57")
_FULL = ("too many clients", "too many connections", "remaining connection slots", "no more connections allowed")
_REFUSED = ("authentication failed", "no password supplied", "no pg_hba.conf entry")
_MISSING = (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction, errors.UndefinedObject)
# What libpq and the server write before the reason. The database's name already says the host and the port.
_PREFIX = re.compile(
    r"(connection (failed|is bad): )?(connection to server (at|on socket) .{0,200}? failed: )?(FATAL: +|ERROR: +)?"
)
_PORTS = re.compile(r"[0-9]*(,[0-9]*)*")


def described(url: str) -> str:
    """The database as a person reads it: `thoughts at db.example:5433`. Raises InputError if libpq can't read the URL."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        if unknown := unknown_parameter(url):
            raise InputError(unknown) from None
        # The part that libpq quotes may be a piece of the password.
        raise InputError(_malformed(re.sub(r' *:? *"[^"]*"?', "", _reason(error)))) from None
    hosts, ports = (str(given.get(name) or "") for name in ("host", "port"))
    if "@" in f"{hosts}{given.get('dbname', '')}" or not _PORTS.fullmatch(ports):
        # A password with an @ or a / in it ends too early. libpq takes its rest for the host, the port or the name.
        raise InputError(_malformed("its port is no number, or there is an @ too many"))
    names = (hosts or str(given.get("hostaddr") or "") or "the local server").split(",")
    numbers = ports.split(",")
    where = ", ".join(
        name + (f":{number}" if number else "")
        for name, number in zip(names, numbers * len(names) if len(numbers) == 1 else numbers, strict=False)
    )
    return f"{given.get('dbname') or given.get('user') or 'the default database'} at {where}"


def _malformed(reason: str) -> str:
    return (
        f"A database URL reads postgresql://USER:PASSWORD@HOST:PORT/NAME; got one that reads otherwise ({reason}). "
        "Signs such as @ / : % in a password are written %40 %2F %3A %25."
    )


def _reason(error: BaseException) -> str:
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return (_PREFIX.sub("", first, count=1) or first).rstrip(".")[:200]


@contextlib.contextmanager
def translated(name: str, timeout: float, *, write: bool = False) -> Iterator[None]:
    """Raises every error of psycopg as one of thoughtsearch. `name` is what `described()` returns."""
    try:
        yield
    except psycopg.Error as error:
        raise _translation(error, name, timeout, write) from error


def _translation(error: psycopg.Error, name: str, timeout: float, write: bool) -> ThoughtsearchError:
    reason, state = _reason(error), error.sqlstate or ""
    if state.startswith("54") or (state in ("", "XX000") and any(one in reason for one in _TOO_LARGE)):
        return InputError(f"This is more than PostgreSQL takes at once ({reason}). Ask for less, or store it in parts.")
    if isinstance(error, errors.LockNotAvailable):
        return DatabaseLocked(
            f"{name} is locked: another program kept it for over {timeout:g} seconds ({reason}). Try again, or end it."
        )
    if isinstance(error, errors.DeadlockDetected):
        return DatabaseLocked(
            f"{name} is locked: another program and this one waited for each other ({reason}); nothing was written. "
            "Try again."
        )
    if isinstance(error, errors.SerializationFailure):
        return DatabaseLocked(f"{name} was changed at the same moment ({reason}). Try again.")
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return ReadOnlyError(
            f"{name} can only be read: it is a standby or read-only; nothing was written. Name the primary."
        )
    if isinstance(error, errors.InsufficientPrivilege):
        if write:
            return ReadOnlyError(
                f"The role used for {name} may not do this ({reason}); nothing was changed. Ask for the right."
            )
        return DatabaseUnavailable(
            f"The role used for {name} may not read it ({reason}). Ask for the right: GRANT SELECT ON ai_thought_history, "
            "and GRANT USAGE ON its schema; then let the owner of the thoughts run thoughtsearch init, which grants what "
            "a search reads beside them to whoever may read every thought (row security may hide some)."
        )
    if error.sqlstate == _HIDDEN:
        return DatabaseUnavailable(
            f"Row security hides some thoughts of {name} from the role used, and what stands beside the thoughts knows of "
            "all: this role may read the thoughts that it is allowed to, and not do this. Use a role that row security "
            "does not bind (BYPASSRLS); or move the thoughts into a table of thoughtsearch's own with thoughtsearch "
            "transfer: searches there obey its policies."
        )
    if isinstance(error, errors.QueryCanceled):
        return DatabaseError(f"{name} ended the statement ({reason}): raise statement_timeout, or ask for less.")
    if isinstance(error, _MISSING):
        remedy = "init" if isinstance(error, (errors.UndefinedTable, errors.UndefinedColumn)) else "doctor --repair"
        return SchemaError(
            f"Something of thoughtsearch's is missing in {name} ({reason}); run thoughtsearch {remedy} on it."
        )
    if isinstance(error, (errors.DiskFull, errors.OutOfMemory)):
        return DatabaseError(f"There is no space left for {name} ({reason}); nothing was written.")
    if isinstance(error, errors.NumericValueOutOfRange):
        return DatabaseError("A number in the query is larger than the database can hold.")
    if state in _GONE or (
        isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)) and (state or "08")[:2] in _CONNECTING
    ):
        return unreachable(error, name)
    return DatabaseError(f"PostgreSQL could not do this on {name}: {reason}.")


def may_not(error: BaseException) -> bool:
    """Whether an error of thoughtsearch says that the role may not do this."""
    return getattr(error.__cause__, "sqlstate", None) in (errors.InsufficientPrivilege.sqlstate, _HIDDEN)


def unreachable(error: psycopg.Error, name: str) -> DatabaseUnavailable:
    """The error for a connection that failed or was lost."""
    reason, kind = _reason(error), type(error).__name__
    if kind == "PoolTimeout":
        return DatabaseUnavailable(
            f"All connections of this store to {name} were in use for too long. Try again, or ask for less at once."
        )
    if kind == "PoolClosed" or reason == "the connection is closed":
        return DatabaseUnavailable(CLOSED)
    if error.sqlstate == "53300" or any(one in reason for one in _FULL):
        return DatabaseUnavailable(f"{name} has too many connections ({reason}). Try again, or raise max_connections.")
    if error.sqlstate in _GONE or any(one in reason for one in _LOST):
        return DatabaseUnavailable(
            f"The connection to {name} was lost ({reason}); what was not committed is not stored. Try again."
        )
    if any(one in reason for one in _REFUSED):
        return DatabaseUnavailable(
            f"{name} refused the login: {reason}. Check the user and the password: in the URL, PGPASSWORD or ~/.pgpass."
        )
    if re.search(r'database ".*" does not exist', reason):
        return DatabaseUnavailable(f"{name} can't be opened: {reason}. Check its name, or make it with createdb.")
    return DatabaseUnavailable(f"{name} can't be reached: {reason}. Check the URL, and that the server runs.")
