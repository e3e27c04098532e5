"""A forge on the loopback: answers with what a test lays down, page by page, as GitHub and GitLab document it."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

PAGE = 30


@dataclass
class Reply:
    """What is sent instead of what was laid down."""

    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0  # bytes that the body lacks of what its length promises
    hangs: bool = False  # no answer before the test is over


class Forge:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.host = f"127.0.0.1:{port}"
        self.clear()

    def clear(self) -> None:
        self.laid: dict[str, Any] = {}
        self.inside: dict[str, str] = {}  # path → key of the list inside of an object
        self.cursors: set[str] = set()  # lists whose pages have no numbers
        self.faults: dict[str, list[Reply]] = {}  # taken one by one; the last one stays
        self.then: dict[str, Callable[[], None]] = {}  # what happens once a path has been read
        self.asked: Counter[str] = Counter()
        self.tokens: set[str] = set()
        self.with_total = False
        self.with_links = True
        self.page = PAGE
        self.over = threading.Event()

    def fault(self, path: str, **reply: Any) -> None:
        self.faults.setdefault(path, []).append(Reply(**reply))

    def answer(self, target: str) -> tuple[int, dict[str, str], bytes, int]:
        parts = urlsplit(target)
        path, query = parts.path, {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.asked[path] += 1
        status, headers, body, cut = self.plain(path, query)
        if waiting := self.faults.get(path) or self.faults.get("*"):
            reply = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            if reply.hangs:
                self.over.wait()
                raise ConnectionAbortedError
            status, cut = reply.status, reply.cut
            headers = {"Content-Type": "application/json; charset=utf-8"} | headers | reply.headers
            body = body if reply.body is None else reply.body
        if path in self.then:
            self.then.pop(path)()
        return status, headers, body, cut

    def plain(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes, int]:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if path not in self.laid:
            return 404, headers, b'{"message": "Not Found"}', 0
        data = self.laid[path]
        key = self.inside.get(path, "")
        items = data[key] if key else data
        if isinstance(items, list):
            turn = "after" if path in self.cursors else "page"
            page = int(query.get(turn, "1"))
            shown = items[(page - 1) * self.page : page * self.page]
            if self.with_links and len(items) > self.page:
                links = {"first": 1, "next": page + 1, "prev": page - 1, "last": -(-len(items) // self.page)}
                made = (
                    f'<{self.url}{path}?{urlencode({**query, turn: number})}>; rel="{name}"'
                    for name, number in links.items()
                    if 0 < number <= links["last"]
                )
                headers["Link"] = ", ".join(made)
            if self.with_total:
                headers["X-Total"] = str(len(items))
            data = {**data, key: shown} if key else shown
        return 200, headers, json.dumps(data).encode(), 0


@contextmanager
def running() -> Iterator[Forge]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            for name in ("Authorization", "PRIVATE-TOKEN"):
                if name in self.headers:
                    forge.tokens.add(self.headers[name])
            try:
                status, headers, body, cut = forge.answer(self.path)
            except ConnectionAbortedError:
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + cut))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        forge = Forge(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield forge
        server.shutdown()
        thread.join()
