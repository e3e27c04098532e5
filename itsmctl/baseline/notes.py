"""The notes beside a manifest, for people: what it holds, what moved since the one before, how to check it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from itsmctl.escape import visible
from itsmctl.markup import prose

if TYPE_CHECKING:
    from itsmctl.baseline.fields import Manifest

_MOST = 200  # records that are listed one by one


def notes(data: Mapping[str, Any], before: Manifest | None, prefix: str) -> str:
    """Markdown. `before` is the manifest that this one takes the place of."""
    return "\n".join([*_head(data), *_holds(data), *_moved(data, before), *_open(data), *_by_hand(data, prefix)]) + "\n"


def _head(data: Mapping[str, Any]) -> Iterator[str]:
    source, scope = data["source"], data["scope"]
    yield f"# Baseline {data['name']}"
    yield ""
    yield f"- {data['of']} baseline of {plain(data['repository'])}"
    yield f"- frozen: commit `{source['commit']}`, {source['time']}"
    yield f"- root: `{data['root']}`"
    asked = ", ".join(f"`{word}`" for word in scope["asked"])
    yield "- scope: " + (f"{asked}, and all that it depends on" if asked else _default(data))
    if data["release"]:
        yield f"- for the release {plain(data['release'])}"
    if data["supersedes"]:
        yield f"- takes the place of {data['supersedes']['name']} (`{data['supersedes']['root']}`)"
    yield "- until somebody agrees to it (`agreement/`), it is a snapshot"
    yield ""


def _default(data: Mapping[str, Any]) -> str:
    if data["scope"]["rule"] == "controlled":
        return "every controlled record"
    what = "the items and services of the release" if data["of"] == "release" else "every service"
    return f"{what}, and all that they depend on"


def _holds(data: Mapping[str, Any]) -> Iterator[str]:
    yield "## What it holds"
    yield ""
    yield "| kind | records | states |"
    yield "|---|---|---|"
    accounting = data["section"]["accounting"]
    for kind, number in accounting["kinds"].items():
        states = ", ".join(
            f"{count} {plain(state) or 'without a state'}" for state, count in accounting["states"][kind].items()
        )
        yield f"| {kind} | {number} | {states} |"
    failing = [one for one in data["section"]["checks"] if one["result"] == "fail"]
    yield ""
    yield f"{len(failing)} rules fail: {', '.join(one['rule'] for one in failing)}." if failing else "No rule fails."
    yield ""


def _moved(data: Mapping[str, Any], before: Manifest | None) -> Iterator[str]:
    if before is None:
        return
    yield f"## What moved since {before.name}"
    yield ""
    old = {item.ref: item for item in before.items}
    new = {f"{item['kind']}/{item['name']}": item for item in data["items"]}
    lines = [f"- added: {ref}{_by(new[ref])}" for ref in sorted(new.keys() - old.keys())]
    lines += [f"- removed: {ref}" for ref in sorted(old.keys() - new.keys())]
    for ref in sorted(old.keys() & new.keys()):
        if old[ref].digest != new[ref]["digest"]:
            state = (
                f", {plain(old[ref].state)} → {plain(new[ref]['state'])}" if old[ref].state != new[ref]["state"] else ""
            )
            lines.append(f"- changed: {ref}{state}{_by(new[ref])}")
    yield from lines[:_MOST] or ["Nothing."]
    if lines[_MOST:]:
        yield f"- and {len(lines) - _MOST} more: `itsmctl baseline diff {before.name} {data['name']}`"
    yield ""


def _by(item: Mapping[str, Any]) -> str:
    return f" ({', '.join(plain(change) for change in item['changes'])})" if item["changes"] else ""


def _open(data: Mapping[str, Any]) -> Iterator[str]:
    accounting = data["section"]["accounting"]
    if accounting["changes"]:
        yield "## On the way"
        yield ""
        for change in accounting["changes"][:_MOST]:
            yield f"- {plain(change['name'])} ({plain(change['state'])}): {', '.join(change['items'])}"
        yield ""
    if accounting["waivers"]:
        yield "## Waivers in force"
        yield ""
        for one in accounting["waivers"]:
            yield f"- {plain(one['waiver'])}: {plain(one['rule'])} for {one['record']}, until {one['expires']}"
        yield ""


def _by_hand(data: Mapping[str, Any], prefix: str) -> Iterator[str]:
    from itsmctl.baseline.recipe import core, of_form_1  # long to import, and texts of comparisons hold no recipe

    yield "## How to check it"
    yield ""
    if data["canonical"] == 1:
        yield f"`itsmctl baseline verify {data['name']}`, or by hand:"
        lines = of_form_1(data, prefix)
    else:
        yield f"`itsmctl baseline verify {data['name']}` rebuilds it and asks who agreed. By hand, without agreements:"
        lines = ["(", *core(data, prefix), ")"]
    yield ""
    yield "```sh"
    yield from lines
    yield "```"


def plain(text: str) -> str:
    """Text of records, as the middle of a line of Markdown takes it."""
    return prose(visible(text))
