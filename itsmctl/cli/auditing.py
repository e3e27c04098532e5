"""`itsmctl baseline audit`: reads files and mappings, has the baseline held against them, prints, writes a record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itsmctl.cli import options, say
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from itsmctl.baseline.audit.expected import Expected
    from itsmctl.baseline.audit.verdicts import Outcome
    from itsmctl.desk.auditing import Order

ABOUT = "Hold a baseline against what is really there."

HELP = f"""{ABOUT}

FILE is what was observed where the items are: CycloneDX JSON of a scan, or CSV of an inventory, with a mapping that
says what its columns are. What a baseline exports is no observation, and is refused. Each row is recognised by what
tells an item of its class (identity of the CIType), or by its name. Told is what is missing, what differs, what nobody
expected, and what nobody saw. Values that look like secrets are compared, and never shown.

An item is verified where all fields that its class controls were seen, and are as recorded. A mapping may name other
ones as criteria, and say which items the file covers. itsmctl schema show AuditMapping has all that it can say.

Examples:

  itsmctl baseline audit koha-2026-06-14 --against scan.cdx.json

  itsmctl baseline audit koha-2026-06-14 --against servers.csv --mapping servers.yaml --sample 5

  itsmctl baseline audit koha-2026-06-14 --against scan.cdx.json --write koha-after --auditor heli --trigger planned

A mapping can be as short as this:

  {{apiVersion: itsm/v1, kind: AuditMapping, format: csv, covers: {{classes: [server]}},
  fields: {{name: Name, version: Firmware, attributes.serial_number: Serial no}}}}

Exit codes: 0 all as recorded, 1 something is not, 2 usage, 3 cannot judge.
"""

Against = Annotated[
    list[Path] | None,
    typer.Option("--against", metavar="FILE", help="What was observed: CycloneDX JSON or CSV. Repeatable."),
]
Mappings = Annotated[
    list[Path] | None,
    typer.Option("--mapping", metavar="FILE", help="What the columns are. Repeatable. CycloneDX needs none."),
]


def audit(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The baseline, like koha-2026-06-14.")],
    against: Against = None,
    mapping: Mappings = None,
    sample: Annotated[
        int | None, typer.Option("--sample", metavar="N", help="Look for N items only, drawn by the root.")
    ] = None,
    rev: Annotated[str, typer.Option("--rev", metavar="REF", help="The commit that holds the baseline.")] = "HEAD",
    shape: Annotated[str, typer.Option("--format", "-f", metavar="NAME", help="text, json, markdown or csv.")] = "text",
    write: Annotated[
        str | None, typer.Option("--write", metavar="AUDIT", help="Write a ConfigurationAudit of that name, too.")
    ] = None,
    auditor: Annotated[
        list[str] | None, typer.Option("--auditor", metavar="PERSON", help="Who compared, for --write. Repeatable.")
    ] = None,
    trigger: Annotated[
        str | None, typer.Option("--trigger", metavar="WORD", help="Why it was held, for --write, like planned.")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="When it was held, for --write. Default: today.")
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option("--owner", metavar="REF", help="Who answers for it. Default: Role/configuration-manager."),
    ] = None,
    root: options.Root = None,
) -> int:
    """See HELP."""
    from itsmctl.baseline.audit import pages
    from itsmctl.baseline.audit.expected import expected
    from itsmctl.cli import freezer

    say.check(shape, pages.SHAPES)
    _refuse(sample, write, auditor or (), trigger, on, owner)
    with freezer.opened(root, rev) as place:
        held = expected(place, freezer.held(place, name))
    found = _found(held, against or (), mapping or (), sample)
    order = _order(write, auditor or (), trigger, on, owner)
    written = _plan(root, found, order) if order is not None else None
    say.put(_shaped(found, shape))
    for line in written or ():
        sys.stderr.write(f"{line}\n")
    return 0 if found.is_as_recorded else 1


def _refuse(
    sample: int | None,
    write: str | None,
    auditors: Sequence[str],
    trigger: str | None,
    on: str | None,
    owner: str | None,
) -> None:
    """Raises Misuse for options that do not go together."""
    if sample is not None and sample < 1:
        raise Misuse(f"--sample {sample} draws nothing", "Give how many items are looked for.")
    if write is None and (auditors or trigger or on or owner):
        raise Misuse("--auditor, --trigger, --on and --owner are for --write", "Name the record: --write AUDIT")
    if write is not None and not auditors:
        raise Misuse("--write needs to know who compared", "Name each person: --auditor PERSON")
    if write is not None and trigger is None:
        raise Misuse("--write needs to know why the audit was held", "Say --trigger planned, random, after-change, …")


def _found(held: Expected, files: Sequence[Path], mappings: Sequence[Path], sample: int | None) -> Outcome:
    from itsmctl.baseline.audit import mapping, observed, sampling, verdicts

    if not files:
        if sample is None:
            raise Misuse("there is nothing to hold the baseline against", "Name what was observed: --against FILE")
        refs = [item.ref for item in held.frozen if item.state in mapping.IN_USE]
        drawn = "\n".join(f"  {ref}" for ref in sampling.drawn(refs, held.root, sample))
        says = f"nothing was compared. Drawn by the root, of {len(refs)} live items:\n{drawn}"
        raise CannotJudge(says, "Look at them, write down what you see, and give that as --against FILE.")
    known = [mapping.read(_content(path), str(path), held) for path in mappings]
    known.append(mapping.built_in(held))
    seen = [observed.observe(_content(path), str(path), known, held) for path in files]
    unused = [one.path for one in known[:-1] if all(file.mapping is not one for file in seen)]
    if unused:
        raise Misuse(f"{unused[0]} is for none of the files", "Its format:, or its files:, says which it is for.")
    return verdicts.audit(held, seen, sample)


def _content(path: Path) -> bytes:
    from itsmctl.importers import LARGEST

    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise Misuse(f"{path} cannot be read: {error.strerror}", "Name a file that is there.") from None


def _shaped(found: Outcome, shape: str) -> str:
    from itsmctl.baseline.audit import pages
    from itsmctl.escape import json_text

    if shape == "text":
        return pages.text(found, say.width())
    if shape == "json":
        return json_text(pages.data(found))
    return {"markdown": pages.markdown, "csv": pages.csv_text}[shape](found)


def _order(
    write: str | None, auditors: Sequence[str], trigger: str | None, on: str | None, owner: str | None
) -> Order | None:
    from itsmctl.cli import workplace
    from itsmctl.desk.auditing import Order

    if write is None:
        return None
    return Order(write, tuple(auditors), trigger or "", on or workplace.moment(None).date().isoformat(), owner)


def _plan(root: Path | None, found: Outcome, order: Order) -> list[str]:
    """Write the record into the work tree, and what is to be said of it."""
    from itsmctl import rulebook, snapshot
    from itsmctl.cli import whereabouts, workplace
    from itsmctl.desk import auditing, files, loose, new
    from itsmctl.escape import visible

    place = workplace.find(root)
    source = place.source()
    book = rulebook.load(source)
    now = workplace.moment(None)
    plan = new.prepare(auditing.KIND, order.name, source, book, now.year)
    data = auditing.record(found, order, snapshot.read(source, book.law), plan.kind)
    said = [f"wrote {path}" for path in files.write_all(place.root, {plan.path: auditing.content(data)})]
    said += loose.ends(plan.kind, data, book.law, place.source(), whereabouts.on_branch(place))
    said += loose.due(f"{plan.kind.name}/{plan.name}", book, place.snapshot(None), now)
    return [visible(line) for line in said]
