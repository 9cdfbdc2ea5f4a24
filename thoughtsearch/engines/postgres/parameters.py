"""Parameters after the ? of a URL that belong to another program, and what PostgreSQL's own URLs use instead."""

from __future__ import annotations

from urllib.parse import parse_qsl

from psycopg.pq import Conninfo

#: The parameters of other drivers and tools, and how a PostgreSQL URL says the same.
_INSTEAD = {
    "ssl": "sslmode=require",
    "sslcertificate": "sslcert=FILE",
    "schema": "options=-csearch_path%3DNAME",
    "currentschema": "options=-csearch_path%3DNAME",
    "search_path": "options=-csearch_path%3DNAME",
    "server_settings": "options=-cNAME%3DVALUE",
    "statement_timeout": "options=-cstatement_timeout%3DMILLISECONDS",
    "timeout": "connect_timeout=SECONDS",
    "charset": "client_encoding=UTF8",
    "encoding": "client_encoding=UTF8",
    "applicationname": "application_name=NAME",
    "database": "dbname=NAME",
    "username": "user=NAME",
}


def unknown_parameter(url: str) -> str | None:
    """A message about the first parameter of the URL that PostgreSQL doesn't know.

    None where there is none, or where it might be a piece of a password.
    """
    _, _, query = url.partition("?")
    names = [name for name, _ in parse_qsl(query, keep_blank_values=True)]
    if "@" in query or "password" in names:
        return None
    if "=" not in query.partition("&")[0] and query:
        return "A parameter of a postgresql:// URL reads name=value; got one without a value."
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    for name in names:
        if name not in known and not (name == "ssl" and "ssl=true" in query.split("&")):
            instead = _INSTEAD.get(name.lower())
            remedy = f"write {instead}" if instead else "leave it out"
            return f"A postgresql:// URL has no parameter {name!r:.40}; {remedy}."
    return None
