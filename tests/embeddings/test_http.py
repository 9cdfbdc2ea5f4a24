"""A server of embeddings that misbehaves: each failure is one sentence, tried again where that may help; no key is told."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from thoughtsearch import EmbedderError, EmbedderUnavailable, InputError
from thoughtsearch.embedders.finding import opened
from thoughtsearch.embedders.hashing import Hashing
from thoughtsearch.embedders.http import Patience
from thoughtsearch.embedders.openai import OpenAI, open_model

KEY = "sk-secret-0123456789abcdef"
_MODEL = Hashing(8)


class Handler(BaseHTTPRequestHandler):
    """Answers as the test's script says, one entry a question; then as it should."""

    script: ClassVar[list[Callable[[Handler, dict[str, Any]], None]]] = []
    seen: ClassVar[list[tuple[dict[str, str], dict[str, Any]]]] = []

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Handler.seen.append((dict(self.headers), question))
        step = Handler.script.pop(0) if Handler.script else right
        step(self, question)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def give(self, code: int, body: bytes | object, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)


Step = Callable[[Handler, dict[str, Any]], None]


def vectors(question: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"index": n, "embedding": _MODEL.embed_query(text)} for n, text in enumerate(question["input"])]


def right(handler: Handler, question: dict[str, Any]) -> None:
    handler.give(200, {"data": vectors(question)})


def fails(code: int, message: str = "no", **headers: str) -> Step:
    return lambda handler, question: handler.give(code, {"error": {"message": message}}, **headers)


def says(body: bytes | object) -> Step:
    return lambda handler, question: handler.give(200, body)


def hangs_up(handler: Handler, question: dict[str, Any]) -> None:
    handler.connection.close()


def stops_half_way(handler: Handler, question: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"data": [')
    handler.wfile.flush()
    handler.connection.close()


def trickles(handler: Handler, question: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.02)


def sleeps(handler: Handler, question: dict[str, Any]) -> None:
    time.sleep(1.0)


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a server on this machine."""
    monkeypatch.setattr(Handler, "script", [])
    monkeypatch.setattr(Handler, "seen", [])
    monkeypatch.setattr(ThreadingHTTPServer, "handle_error", lambda *_: None)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def model(url: str, pauses: list[float] | None = None, **more: Any) -> OpenAI:
    waited: list[float] = [] if pauses is None else pauses
    patience = Patience(timeout=0.3, tries=3, pause=0.5, longest_pause=10, sleep=waited.append)
    return OpenAI("small", url=url, key=KEY, patience=patience, **more)


def test_it_asks_as_openai_is_asked(url: str) -> None:
    found = model(url, dimensions=8).embed_documents(["one", "", "two"])
    assert found == [_MODEL.embed_query(text) for text in ("one", " ", "two")]
    ((headers, question),) = Handler.seen
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert question == {"model": "small", "input": ["one", " ", "two"], "dimensions": 8}
    assert model(url, dimensions=8).name == "openai:small@8"


def test_its_dimensions_are_asked_for_once(url: str) -> None:
    embedder = model(url)
    assert [embedder.dimensions, embedder.dimensions] == [8, 8]
    assert len(Handler.seen) == 1


def test_vectors_come_in_any_order_and_long_texts_in_several_questions(url: str) -> None:
    Handler.script[:] = [lambda handler, asked: handler.give(200, {"data": vectors(asked)[::-1]})]
    texts = ["one", "two", "x" * 200_000, "y" * 200_000, "three"]
    assert model(url).embed_documents(texts) == [_MODEL.embed_query(text) for text in texts]
    assert [len(question["input"]) for _, question in Handler.seen] == [3, 2]


@pytest.mark.parametrize(
    "step",
    [
        fails(429),
        fails(500),
        fails(503),
        fails(529),
        hangs_up,
        stops_half_way,
        trickles,
        sleeps,
        says(b"<html>Bad gateway</html>"),
        says(b""),
        says(b"[" * 100_000),
    ],
    ids=lambda step: getattr(step, "__name__", "step"),
)
def test_a_passing_failure_is_tried_again(url: str, step: Step) -> None:
    pauses: list[float] = []
    Handler.script[:] = [step, step]
    assert model(url, pauses).embed_query("one") == _MODEL.embed_query("one")
    assert len(pauses) == 2
    assert 0.3 < pauses[0] < pauses[1] < 1.5
    Handler.script[:] = [step] * 3
    with pytest.raises(EmbedderUnavailable, match="can't be used now, after 3 tries: ") as caught:
        model(url).embed_query("one")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_the_server_says_how_long_to_wait(url: str) -> None:
    pauses: list[float] = []
    soon = formatdate(time.time() + 4, usegmt=True)
    Handler.script[:] = [fails(429, Retry_After="7"), fails(503, Retry_After=soon)]
    model(url, pauses).embed_query("one")
    assert pauses[0] == 7
    assert 1 < pauses[1] <= 4
    Handler.script[:] = [fails(429, Retry_After="86400"), fails(429, Retry_After="soon")]
    pauses.clear()
    model(url, pauses).embed_query("one")
    assert pauses[0] == 10
    assert pauses[1] < 2


@pytest.mark.parametrize("code", [401, 403, 404, 301, 302, 307, 308])
def test_what_no_text_is_to_blame_for_ends_it_at_once(url: str, code: int) -> None:
    elsewhere = {"Location": f"{url}/elsewhere"} if code < 400 else {}
    Handler.script[:] = [fails(code, f"Incorrect API key provided: {KEY}. Also {KEY[:14]}", **elsewhere)]
    with pytest.raises(EmbedderUnavailable, match=f"can't do this: it answered {code}") as caught:
        model(url).embed_query("one")
    assert len(Handler.seen) == 1  # a key is not taken to where a redirect points
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("code", [400, 413, 422])
def test_a_text_that_is_refused_is_not_tried_again(url: str, code: int) -> None:
    Handler.script[:] = [fails(code, "maximum context length exceeded")]
    with pytest.raises(EmbedderError, match=f"it answered {code}: maximum context length exceeded") as caught:
        model(url).embed_query("one")
    assert not isinstance(caught.value, EmbedderUnavailable)
    assert len(Handler.seen) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"data": []},
        {"data": [{"index": 1, "embedding": [1.0]}]},
        {"data": [{"embedding": [1.0]}]},
        {"data": [{"index": 0, "embedding": None}]},
        {"data": [{"index": 0, "embedding": ["x"]}]},
        {"data": None},
        {"error": "model is loading"},
        [],
        "text",
        None,
    ],
    ids=str,
)
def test_an_answer_without_vectors_is_an_error(url: str, body: object) -> None:
    Handler.script[:] = [says(body)]
    with pytest.raises(EmbedderError, match="without a vector for each text"):
        model(url).embed_query("one")


def test_vectors_that_are_none_are_refused(url: str) -> None:
    for embedding in ([float("nan")] * 8, [1.0] * 7, []):
        checked = opened(model(url))
        assert checked.dimensions == 8
        Handler.script[:] = [says({"data": [{"index": 0, "embedding": embedding}]})]
        with pytest.raises(EmbedderError):
            checked.documents(["one"])


def test_the_key_is_in_no_log_and_no_error(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    caplog.set_level(logging.DEBUG)
    Handler.script[:] = [fails(401, f"bad key {KEY}"), fails(400, KEY), says(KEY.encode())]
    shown = []
    for _ in range(2):
        with pytest.raises(EmbedderError) as caught:
            open_model("small").embed_query("one")
        chain: BaseException | None = caught.value
        while chain is not None:
            shown.append(f"{chain!r} {chain}")
            chain = chain.__cause__
    shown += [caplog.text, *capfd.readouterr()]
    assert not any("sk-secret" in one for one in shown)


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(EmbedderUnavailable, match=r"127\.0\.0\.1:9 can't be used now, after 3 tries"):
        model("http://127.0.0.1:9/v1").embed_query("one")


def test_what_can_not_be_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(InputError, match="OPENAI_API_KEY is not set"):
        open_model("small")
    for bad in ("localhost:11434", "ftp://x/v1", "http:///v1", "http://x\n/v1"):
        with pytest.raises(InputError, match="named by a URL"):
            OpenAI("small", url=bad, key=KEY)
    with pytest.raises(InputError, match="holds signs that no header can"):
        OpenAI("small", url="http://x/v1", key="a\nb")
    for bad_model in (None, "small@", "@3", "small@x", "small@0"):
        with pytest.raises(InputError, match="openai takes"):
            open_model(bad_model)
