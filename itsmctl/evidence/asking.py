"""Asks a forge, page by page, and takes nothing but whole answers: anything else is CannotJudge, never "no reviews"."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from itsmctl import canonical
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from urllib3 import Retry

PER_PAGE = 100
MOST_PAGES = 200
"""More than any pull request has; a list that goes on and on is no answer."""

_SMALLEST_PAGE = 20  # what forges give where nobody asks for more: a shorter list is one page for certain
_TRIES_AGAIN = 2
_PASSING = (500, 502, 503, 504)
_ELSEWHERE = (202, 301, 302, 303, 307, 308)  # "come back later", "ask there": the client libraries would follow
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NEXT = re.compile(r"<([^<>]*)>([^<]*)")
_REL_NEXT = re.compile(r";\s*rel\s*=\s*\"?next\"?\s*(?:[;,]|$)", re.IGNORECASE)
_AGAIN = "Run it again; there is no verdict without the reviews. If it stays so, use signed statements (approvals/)."

Kind = TypeVar("Kind")


class Options(Struct, frozen=True):
    """How to reach the forge. `api` is its address, "" for the public one; `ca_bundle` a PEM file, "" for certifi's.

    `timeout` is in seconds, for each wait on the network.
    """

    token: str = ""
    api: str = ""
    ca_bundle: str = ""
    timeout: int = 20


class Answer(Struct, frozen=True):
    """One answer as it came; the names of its headers in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


Ask = Callable[[str, Mapping[str, str]], Answer]
"""(path below the API, query) → answer. May raise anything: whatever stops it leaves no verdict."""


def address(api: str) -> str:
    """The address of an API without a slash at its end. Misuse if reviews read from there would prove nothing."""
    try:
        parts = urlsplit(api)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if not host or parts.username or parts.password or parts.query or parts.fragment:
        raise Misuse(f"{api!r} is no address of a forge.", "Give one like https://forge.example.org")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise Misuse(f"{api} is not read over TLS: anybody in between could write reviews.", "Use an https:// address.")
    return api.rstrip("/")


def host(api: str) -> str:
    """The host of an address, with its port where that is not the usual one."""
    parts = urlsplit(api)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    name = (parts.hostname or "").lower()
    return name if parts.port in (None, usual) else f"{name}:{parts.port}"


def retries() -> Retry:
    """Tries again at once, twice, where a server stumbles; never follows it elsewhere, and never waits."""
    from urllib3 import Retry

    return Retry(
        total=_TRIES_AGAIN,
        backoff_factor=0,
        status_forcelist=(*_PASSING, *_ELSEWHERE),
        allowed_methods=frozenset({"GET"}),
        respect_retry_after_header=False,
        raise_on_status=True,
    )


def parse(text: str | bytes) -> Any:
    """JSON, strictly: no key twice, no NaN, nothing that has no canonical form. Raises ValueError."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            raise ValueError("a key stands there twice")
        return made

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no number")

    try:
        data = json.loads(text, object_pairs_hook=once, parse_constant=refuse)
        canonical.canonical(data)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return data


class Reader:
    """Reads from one forge about one pull request, and remembers all that it read."""

    def __init__(self, source: str, api: str, ask: Ask) -> None:
        self.source = source
        self.address = api
        self._api = urlsplit(api)
        self._ask = ask
        self._heard: list[dict[str, Any]] = []

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of all answers so far, with what was asked."""
        return canonical.digest(self._heard)

    def fail(self, what: str, hint: str = _AGAIN) -> CannotJudge:
        """The error that says that the reviews could not be read."""
        return CannotJudge(f"{self.source}: {what}", hint)

    def one(self, path: str, **query: str) -> dict[str, Any]:
        """The object there."""
        data, _ = self._get(path, query)
        if not isinstance(data, dict):
            raise self.fail(f"the answer to {path} is no object.")
        return data

    def perhaps(self, path: str) -> dict[str, Any] | None:
        """The object there; None if the forge says that there is none."""
        answer = self._answer(path, {})
        if answer.status == 404:
            self._heard.append({"path": path, "query": {}, "answer": None})
            return None
        data = self._data(path, {}, answer)
        if not isinstance(data, dict):
            raise self.fail(f"the answer to {path} is no object.")
        return data

    def all(self, path: str, key: str = "", **query: str) -> list[dict[str, Any]]:
        """Every item of a list, from all its pages; `key` names the list where it stands inside of an object."""
        return list(self.pages(path, key, True, **query))

    def pages(self, path: str, key: str = "", is_numbered: bool = True, **query: str) -> Iterator[dict[str, Any]]:
        """The items one by one; a page is asked for when its first item is wanted.

        `is_numbered`: its pages have numbers, so that a second one can be asked for that nobody spoke of.
        """
        page: dict[str, str] | None = {**query, "per_page": str(PER_PAGE)}
        asked: list[dict[str, str]] = []
        seen: set[bytes] = set()
        count, total = 0, None
        while page is not None:
            if page in asked or len(asked) == MOST_PAGES:
                raise self.fail(f"the list {path} has no end.")
            asked.append(page)
            data, headers = self._get(path, page)
            items = self._items(path, data.get(key) if key and isinstance(data, dict) else data)
            for item in items:
                self._new(path, item, seen)
                yield item
            count += len(items)
            total = headers.get("x-total", total)
            might_go_on = is_numbered and "link" not in headers and len(items) >= _SMALLEST_PAGE
            page = self._next(path, page, headers, might_go_on)
        if total is not None and total != str(count):
            raise self.fail(f"the list {path} should have {total} items and had {count}.")

    def _items(self, path: str, data: Any) -> list[dict[str, Any]]:
        if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
            raise self.fail(f"the answer to {path} is no list of objects.")
        return data

    def _new(self, path: str, item: dict[str, Any], seen: set[bytes]) -> None:
        """Pages shift when something is added in between: then an item comes twice, and another may be lost."""
        if "id" in item:
            form = canonical.canonical(item)
            if form in seen:
                raise self.fail(f"the list {path} changed while it was read.")
            seen.add(form)

    def _next(
        self, path: str, page: dict[str, str], headers: Mapping[str, str], might_go_on: bool
    ) -> dict[str, str] | None:
        for url, rest in _NEXT.findall(headers.get("link", "")):
            if _REL_NEXT.search(rest):
                try:
                    parts = urlsplit(url)
                    there = (parts.scheme, parts.hostname, parts.port)
                except ValueError:
                    there = ("", None, None)
                if there != (self._api.scheme, self._api.hostname, self._api.port):
                    raise self.fail(f"the next page of {path} would be on another host: {url[:200]}.")
                return dict(parse_qsl(parts.query, keep_blank_values=True))
        if might_go_on:
            # No word about pages, and a list that long: the header may be lost on the way. The next page tells.
            return {**page, "page": str(int(page.get("page", "1")) + 1)}
        return None

    def _get(self, path: str, query: Mapping[str, str]) -> tuple[Any, Mapping[str, str]]:
        answer = self._answer(path, query)
        return self._data(path, query, answer), answer.headers

    def _answer(self, path: str, query: Mapping[str, str]) -> Answer:
        try:
            return self._ask(path, query)
        except CannotJudge:
            raise
        except Exception as error:  # client, TLS and network fail in many ways, all with one meaning
            says = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise self.fail(f"no answer to {path} ({says}).") from error

    def _data(self, path: str, query: Mapping[str, str], answer: Answer) -> Any:
        if answer.status != 200:
            raise self._refused(path, answer)
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise self.fail(f"the answer to {path} is {kind or 'of no type'}, and no JSON: is that a forge?")
        try:
            data = parse(answer.text)
        except ValueError as error:
            raise self.fail(f"the answer to {path} cannot be read ({str(error)[:200]}).") from error
        self._heard.append({"path": path, "query": dict(query), "answer": data})
        return data

    def _refused(self, path: str, answer: Answer) -> CannotJudge:
        spent = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
        if answer.status == 429 or (answer.status == 403 and spent):
            return self.fail(f"{path}: too many requests for now (HTTP {answer.status}).", "Run it again later.")
        if answer.status in (401, 403, 404):
            return self.fail(
                f"{path}: HTTP {answer.status}.",
                "Check the name and the number, and give a token that may read the repository and its pull requests.",
            )
        return self.fail(f"{path}: HTTP {answer.status}.")

    def value(self, data: Any, kind: type[Kind], *keys: str) -> Kind:
        """What stands in an answer under these keys; CannotJudge unless it is of that kind."""
        for key in keys:
            data = data.get(key) if isinstance(data, dict) else None
        if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
            raise self.fail(f"an answer has no usable {'.'.join(keys)}.")
        return data

    def time(self, data: Any, *keys: str) -> datetime:
        """An instant of an answer, in UTC."""
        text = self.value(data, str, *keys)
        try:
            found = datetime.fromisoformat(text)
            if found.tzinfo is None:
                raise ValueError(text)
            return found.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.fail(f"an answer has no usable {'.'.join(keys)}: {text[:40]!r} is no instant.") from None
