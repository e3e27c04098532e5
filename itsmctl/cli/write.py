"""`itsmctl new`, `init` and `doctor`: ask or read the command line, let the desk plan, write, and say what was done."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itsmctl.cli import completing, options, say
from itsmctl.escape import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from itsmctl.cli.workplace import Workplace
    from itsmctl.desk.new import Ask
    from itsmctl.kinds import FieldInfo
    from itsmctl.rulebook import Rulebook

_NEW = """Write a new record of KIND, at the place where records of that kind live.

What the schema requires, and what falls due in the first state, is taken from --set, or asked for in a terminal.
FIELD is a path such as metadata.title or spec.items.0.item; `spec.` and `metadata.` may be left out.

Examples:

  itsmctl new Service tablets --set title='Tablets on loan' --set owner=Role/service-manager

  itsmctl new ChangeRequest --set title='Newer PostgreSQL' --set class=normal

  itsmctl new Service tablets --template

  itsmctl new Policy TLR-02 --set kind=Service --set title='A live service names its site'

A Policy is a rule of your own: a file in policies/ that works as it is, with comments that tell how to go on. Without
NAME it gets the next id.
"""

_INIT = """Make DIR a governed repository: settings, the first person and roles, approval rules, editor and CI wiring.

The first person is taken from git's user.name and user.email. What is there already is never overwritten:
.gitattributes and the settings of VS Code get what is missing, and anything else stops it.

Examples:

  itsmctl init

  itsmctl init records-of-my-team --name 'Mari Tamm' --email mari@example.org

  itsmctl init --forge gitlab

  itsmctl init --example library
"""

_DOCTOR = """Say what this repository and this machine come to: settings with their origin, versions, what is wrong.

Example:

  itsmctl doctor
"""


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("new", help=_NEW, short_help="Write a new record from its schema, or a rule.")(new)
    app.command("init", help=_INIT, short_help="Make a folder a governed repository.")(init)
    app.command("doctor", help=_DOCTOR, short_help="Say what holds here, and what is wrong.")(doctor)


def new(
    kind: Annotated[str, typer.Argument(help="The kind of record, or Policy.", autocompletion=completing.new)],
    name: Annotated[str, typer.Argument(help="Its name. Some kinds make one up, such as ChangeRequest.")] = "",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="The value of a field. Repeat.")
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Print a record to fill in by hand; write nothing.")
    ] = False,
    root: options.Root = None,
) -> int:
    """See _NEW."""
    from itsmctl import rulebook
    from itsmctl.cli import whereabouts, workplace
    from itsmctl.desk import files, loose, new

    place = workplace.find(root)
    source = place.source()
    book = rulebook.load(source, to_write=template)
    if kind.casefold() in ("policy", "policies") and kind not in book.kinds:
        return _new_rule(place, book, name, settings or (), template)
    plan = new.prepare(kind, name, source, book, workplace.moment(None).year, is_shown=template)
    if template:
        sys.stdout.write(new.template(plan.kind, plan.name))
        return 0
    data = new.draft(plan.kind, plan.name, new.parse(plan.kind, settings or ()), _asker())
    written = files.write_all(place.root, {plan.path: new.content(data)})
    said = [f"wrote {path}" for path in written]
    said += loose.ends(plan.kind, data, book.law, place.source(), whereabouts.on_branch(place))
    said += loose.due(f"{plan.kind.name}/{plan.name}", book, place.snapshot(None), workplace.moment(None))
    sys.stdout.write("".join(f"{visible(line)}\n" for line in said))
    return 0


def _new_rule(place: Workplace, book: Rulebook, name: str, settings: Sequence[str], template: bool) -> int:
    """Write a policy file, or print it, and say how to go on."""
    from itsmctl.desk import files, rule

    def ask(field: str, about: str) -> str:
        typer.echo(about, err=True)
        return str(typer.prompt(field, err=True))

    asking = ask if sys.stdin.isatty() and sys.stdout.isatty() and not template else None
    wanted = rule.wish(name, [*(rule.SHOWN if template else ()), *settings], asking, book, is_shown=template)
    if template:
        sys.stdout.write(rule.content(wanted).decode())
        return 0
    for path in files.write_all(place.root, {wanted.path: rule.content(wanted)}):
        sys.stdout.write(f"wrote {path}\n")
    sys.stdout.write(f"\nNow: itsmctl policy test {wanted.name}. Then open the file: its comments tell the rest.\n")
    return 0


def _asker() -> Ask | None:
    """Questions, if there is somebody to answer them."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None

    def ask(field: FieldInfo) -> str:
        typer.echo(f"{field.description} ({field.type})", err=True)
        return str(typer.prompt(field.pointer[1:].replace("/", "."), err=True))

    return ask


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Default: the current folder.")] = Path(),
    name: Annotated[str | None, typer.Option("--name", help="The first person. Default: git's user.name.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="Their e-mail. Default: git's user.email.")] = None,
    branch: Annotated[str, typer.Option("--branch", help="The branch that changes are merged into.")] = "main",
    forge: Annotated[
        str | None, typer.Option("--forge", metavar="NAME", help="github or gitlab. Default: what git's origin is.")
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Make a library with pull requests to try the gate on, instead.")
    ] = False,
) -> int:
    """See _INIT."""
    if example:
        return _example(folder, name, email, branch, forge)
    from itsmctl import destination, gitdiscovery, gitrepo, rulebook
    from itsmctl.cli import workplace
    from itsmctl.desk import editors, init, rewriting, telling, wiring
    from itsmctl.drawing import prose

    folder = folder.absolute()
    founder = init.founder(*gitrepo.identity(os.environ), name, email)
    today = workplace.moment(None).date().isoformat()
    kinds = rulebook.builtin().kinds
    repo = gitdiscovery.discover(folder, os.environ)
    below = repo.prefix_of(folder) if repo is not None else ""
    top = repo.root if below and repo is not None and repo.root is not None else folder
    origin = repo.origin if repo is not None else ""
    wired, named = wiring.forge(forge, origin), init.repository_id(folder.name)
    on_github = "github.com" in origin
    plan = init.plan(named, branch, founder, today, kinds, below.rstrip("/"), wired, on_github=on_github)
    edits = init.edits(top / below if below else folder, top, plan, kinds)
    rewriting.rewrite_all(top, edits)
    for path in wiring.EXECUTABLE:
        (top / below / path).chmod(0o755)
    sys.stdout.write("".join(f"{line}\n" for line in telling.founded(edits, f"{below}{editors.FOLDER}/")))
    steps = [f"cd {shlex.quote(os.path.relpath(folder))}"] if folder != Path.cwd() else []
    steps += [f"git init -b {shlex.quote(branch)}"] if repo is None else []
    adding = f"git add . :/{wiring.FOLDERS[wired]}" if below else "git add ."
    sys.stdout.write(f"\nNow: {' && '.join([*steps, adding, 'itsmctl validate'])}\n")
    lacks = telling.to_come(init.slug(founder.name) or "founder", below, say.width())
    sys.stdout.write("".join(f"{line}\n" for line in lacks))
    astray = destination.astray(repo, f"{destination.LOCAL}{branch}") if repo is not None else ""
    sys.stderr.write("".join(f"{line}\n" for line in prose(f"note: {astray}", say.width())) if astray else "")
    return 0


def _example(folder: Path, name: str | None, email: str | None, branch: str, forge: str | None) -> int:
    """Make the example, and walk through it."""
    from itsmctl.cli import workplace
    from itsmctl.desk import example
    from itsmctl.errors import Misuse

    if name or email or forge or branch != "main":
        raise Misuse("the example has its own persons and branches", "Leave --name, --email, --branch and --forge out.")
    if folder == Path():
        raise Misuse("the example goes into a folder of its own", "Name it: itsmctl init --example library")
    made = example.make(folder.absolute(), workplace.moment(None), os.environ)
    sys.stdout.write(f"{made.text}\n")
    return 0


def doctor(root: options.Root = None) -> int:
    """See _DOCTOR."""
    from itsmctl import doctor, snapshot
    from itsmctl.cli import workplace
    from itsmctl.roster import Roster

    def opened() -> doctor.Patient:
        place = workplace.find(root)
        source = place.source()
        book = place.rulebook(source)
        head = snapshot.read(source, book.law)
        roster = Roster.of(head, workplace.moment(None))
        unread = tuple(sorted(head.unread[ref] for ref in head.blind))
        return doctor.Patient(place.root, place.repo, book, unread, roster)

    diagnosis = doctor.examine(opened, os.environ, workplace.git_version(), say.width())
    sys.stdout.write(diagnosis.text)
    return diagnosis.exit_code
