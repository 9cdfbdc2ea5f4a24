"""Sends JSON to an HTTP server and reads its JSON answer, with limits on time and size. Tries again where that may help.

The key goes only to the server it is meant for, in one header: no redirect is followed, and no message shows the key.
"""

from __future__ import annotations

import json
import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from ..errors import EmbedderError, EmbedderUnavailable, InputError
from ..location import redacted

_LARGEST = 256 * 2**20  # bytes of an answer
_READ_AT_ONCE = 2**16
#: Status codes after which another try may succeed.
_PASSING = (408, 409, 425, 429, 500, 502, 503, 504, 529)
#: Status codes that don't blame the text.
_REFUSING = (401, 402, 403, 404, 405)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server, in seconds. The pause doubles with each try, unless the server names one."""

    timeout: float = 60.0
    tries: int = 5
    pause: float = 0.5
    longest_pause: float = 30.0
    sleep: Callable[[float], None] = time.sleep


class JsonEndpoint:
    """A URL that takes POST requests. Raises InputError if it isn't an http(s) URL."""

    def __init__(self, url: str, key: str | None = None, patience: Patience | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii() or not url.isprintable():
            raise InputError(
                f"An embedding server is named by a URL such as https://api.openai.com/v1; got {redacted(url)!r:.100}."
            )
        if key is not None and (not key.isascii() or not key.isprintable()):
            raise InputError("The key of the embedding server holds signs that no header can; check the environment.")
        self.name = parts.hostname + (f":{parts.port}" if parts.port else "")
        self._url = url
        self._key = key
        self._patience = patience or Patience()
        self._opener = urllib.request.build_opener(_NoRedirect)

    def ask(self, question: Mapping[str, Any]) -> Any:
        """Ask, and return the answer. Raises EmbedderError if the server refuses the question, else EmbedderUnavailable."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "thoughtsearch"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        body = json.dumps(question).encode()
        for attempt in range(1, self._patience.tries + 1):
            request = urllib.request.Request(self._url, body, headers, method="POST")
            pause: float | None = None
            try:
                return self._answer(request)
            except urllib.error.HTTPError as error:
                with error:
                    reason = self._masked(f"it answered {error.code}: {_said(error)}")
                    pause = _asked_for(error.headers.get("Retry-After"))
                if error.code not in _PASSING:
                    kind = EmbedderUnavailable if error.code in _REFUSING or error.code < 400 else EmbedderError
                    raise kind(f"The embedding server {self.name} can't do this: {reason}.") from None
            except (OSError, HTTPException, ValueError) as error:
                reason = self._masked(_reason(error))
            if attempt < self._patience.tries:
                self._wait(attempt, pause)
        raise EmbedderUnavailable(
            f"The embedding server {self.name} can't be used now, after {self._patience.tries} tries: {reason}."
        ) from None

    def _answer(self, request: urllib.request.Request) -> Any:
        until = time.monotonic() + self._patience.timeout
        with self._opener.open(request, timeout=self._patience.timeout) as answer:
            read = bytearray()
            # The timeout of a socket holds for each piece; a server may send small pieces for ever.
            while piece := answer.read1(_READ_AT_ONCE):
                read += piece
                if len(read) > _LARGEST:
                    raise ValueError(f"it answered with more than {_LARGEST // 2**20} MiB")
                if time.monotonic() > until:
                    raise TimeoutError(f"it took longer than {self._patience.timeout:g} seconds")
        try:
            return json.loads(read)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"it answered with something other than JSON, {bytes(read[:60])!r}") from error

    def _wait(self, attempt: int, asked: float | None) -> None:
        pause = self._patience.pause * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)
        self._patience.sleep(min(max(pause, asked or 0), self._patience.longest_pause))

    def _masked(self, text: str) -> str:
        text = " ".join(text.split())
        for secret in filter(None, (self._key, (self._key or "")[:12])):
            text = text.replace(secret, "***")
        return text[:300].rstrip(".")


def _said(error: urllib.error.HTTPError) -> str:
    """The server's own error message."""
    try:
        text = error.read(20_000).decode("utf-8", "replace")
    except (OSError, HTTPException):
        return error.reason
    try:
        told = json.loads(text)["error"]
        return str(told["message"] if isinstance(told, dict) else told)
    except (ValueError, KeyError, TypeError, RecursionError):
        return text[:200] or error.reason


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.URLError):
        return str(error.reason) or "it can't be reached"
    return f"{error}" if str(error) else type(error).__name__


def _asked_for(header: str | None) -> float | None:
    """The seconds to wait that a Retry-After header names, as a number or as a time."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
