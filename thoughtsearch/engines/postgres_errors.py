"""psycopg's errors as ours: what was expected, what came, what to do next; no password in any of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from ..errors import DatabaseError, DatabaseLocked, DatabaseUnavailable, InputError, ReadOnlyError, SchemaError

_GONE = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleInTransactionSessionTimeout,
)
# Classes of SQLSTATE: connection, authorisation, no such database, too many connections, shutting down.
_CONNECTING = ("08", "28", "3D", "53", "57")
_MISSING = (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction, errors.UndefinedObject)


def described(url: str) -> str:
    """The database for a person: `thoughts at db.example:5433`. Raises InputError for a URL that libpq can't read."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise InputError(
            f"A database URL reads postgresql://USER:PASSWORD@HOST:PORT/NAME; got one that reads otherwise "
            f"({_first_line(error)})."
        ) from None
    where = given.get("host") or given.get("hostaddr") or "the local server"
    ports = f":{given['port']}" if given.get("port") else ""
    return f"{given.get('dbname') or given.get('user') or 'the default database'} at {where}{ports}"


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")[:200]


@contextlib.contextmanager
def translated(name: str, timeout: float) -> Iterator[None]:
    """Raises every error of psycopg as one of ours; `name` is `described()`."""
    try:
        yield
    except psycopg.Error as error:
        raise _translation(error, name, timeout) from error


def _translation(error: psycopg.Error, name: str, timeout: float) -> DatabaseError:
    text = _first_line(error)
    if isinstance(error, (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)):
        return DatabaseLocked(
            f"{name} is locked: another program kept it for over {timeout:g} seconds, or both waited for each other "
            f"({text}). Try again, or end that program."
        )
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return ReadOnlyError(
            f"{name} can only be read: it is a standby or read-only; nothing was written. Name the primary."
        )
    if isinstance(error, errors.InsufficientPrivilege):
        return ReadOnlyError(f"The role used for {name} may not do this ({text}); nothing was changed. Ask for the right.")
    if isinstance(error, errors.QueryCanceled):
        return DatabaseError(f"{name} ended the statement ({text}): raise statement_timeout, or ask for less.")
    if isinstance(error, _MISSING):
        return SchemaError(f"Something of thoughtsearch's is missing in {name} ({text}); run thoughtsearch init on it.")
    if isinstance(error, (errors.DiskFull, errors.OutOfMemory)):
        return DatabaseError(f"There is no space left for {name} ({text}); nothing was written.")
    if isinstance(error, errors.NumericValueOutOfRange):
        return DatabaseError("A number in the query is larger than the database can hold.")
    if (
        isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
        and (error.sqlstate or "08")[:2] in _CONNECTING
    ):
        return _unreachable(error, name, text)
    return DatabaseError(f"PostgreSQL could not do this on {name}: {text}.")


def _unreachable(error: psycopg.Error, name: str, text: str) -> DatabaseUnavailable:
    if type(error).__name__ == "PoolTimeout":
        return DatabaseUnavailable(f"No connection to {name} became free in time: too much at once, or it is down.")
    if type(error).__name__ == "PoolClosed" or ("closed" in text and error.sqlstate is None and "server" not in text):
        return DatabaseUnavailable("This store is closed; open it again.")
    if isinstance(error, _GONE) or "closed the connection" in text or "connection is lost" in text:
        return DatabaseUnavailable(
            f"The connection to {name} was lost ({text}); what was not committed is not stored. Try again."
        )
    return DatabaseUnavailable(f"{name} can't be reached: {text}. Check the URL, and that the server runs.")
