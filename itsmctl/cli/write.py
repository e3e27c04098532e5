"""`itsmctl new`, `init` and `doctor`: ask or read the command line, let the desk plan, write, and say what was done."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itsmctl.cli import completing, options

if TYPE_CHECKING:
    from itsmctl.desk.new import Ask
    from itsmctl.kinds import FieldInfo

_NEW = """Write a new record of KIND, at the place where records of that kind live.

What the schema requires, and what falls due in the first state, is taken from --set, or asked for in a terminal.
FIELD is a path such as metadata.title or spec.items.0.item; `spec.` and `metadata.` may be left out.

Examples:

  itsmctl new Service loans --set title='Loans' --set owner=Role/service-manager

  itsmctl new ChangeRequest --set title='Newer PostgreSQL' --set class=normal

  itsmctl new Service loans --template
"""

_INIT = """Make DIR a governed repository: settings, the first person and roles, approval rules, editor and CI wiring.

The first person is taken from git's user.name and user.email. What is there already is never overwritten.

Examples:

  itsmctl init

  itsmctl init records-of-my-team --name 'Mari Tamm' --email mari@example.org
"""

_DOCTOR = """Say what this repository and this machine come to: settings with their origin, versions, what is wrong.

Example:

  itsmctl doctor
"""


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("new", help=_NEW)(new)
    app.command("init", help=_INIT)(init)
    app.command("doctor", help=_DOCTOR)(doctor)


def new(
    kind: Annotated[str, typer.Argument(help="The kind of record.", autocompletion=completing.kinds)],
    name: Annotated[str, typer.Argument(help="Its name. Some kinds make one up: ChangeRequest, Release.")] = "",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="The value of a field. Repeat.")
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Print a record to fill in by hand; write nothing.")
    ] = False,
    root: options.Root = None,
) -> int:
    """See _NEW."""
    from itsmctl.cli import workplace
    from itsmctl.desk import files, new

    place = workplace.find(root)
    plan = new.prepare(kind, name, place.source(), place.rulebook(place.source()), workplace.moment(None).year)
    if template:
        sys.stdout.write(new.template(plan.kind, plan.name))
        return 0
    data = new.draft(plan.kind, plan.name, new.parse(plan.kind, settings or ()), _asker())
    written = files.write_all(place.root, {plan.path: new.content(data)})
    sys.stdout.write("".join(f"wrote {path}\n" for path in written))
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
) -> int:
    """See _INIT."""
    from itsmctl import gitrepo, rulebook
    from itsmctl.cli import workplace
    from itsmctl.desk import files, init

    folder = folder.absolute()
    founder = init.founder(*gitrepo.identity(os.environ), name, email)
    today = workplace.moment(None).date().isoformat()
    plan = init.plan(init.slug(folder.name) or "services", branch, founder, today, rulebook.builtin().kinds)
    for path in files.write_all(folder, plan):
        sys.stdout.write(f"wrote {path}\n")
    steps = [f"cd {folder.name}"] if folder != Path.cwd() else []
    steps += ["git init"] if gitrepo.discover(folder, os.environ) is None else []
    sys.stdout.write(f"\nNow: {' && '.join([*steps, 'git add .', 'itsmctl validate'])}\n")
    return 0


def doctor(root: options.Root = None) -> int:
    """See _DOCTOR."""
    from itsmctl import doctor
    from itsmctl.cli import workplace

    def opened() -> doctor.Patient:
        place = workplace.find(root)
        return doctor.Patient(place.root, place.repo, place.rulebook(place.source()))

    diagnosis = doctor.examine(opened, os.environ, workplace.git_version())
    sys.stdout.write(diagnosis.text)
    return diagnosis.exit_code
