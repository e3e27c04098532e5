"""What this machine and this repository come to: versions, settings with their origin, and what is wrong."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import __version__, bundled, destination, gitbench, sshsig, yamltext
from itsmctl.drawing import code, count, prose, table
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.findings import EXIT_CANNOT_JUDGE, EXIT_PASSED
from itsmctl.kinds.words import yaml_line
from itsmctl.sshsig.openssh import OLDEST as OLDEST_SSH

if TYPE_CHECKING:
    from itsmctl.gitrepo import GitRepo
    from itsmctl.roster import Roster
    from itsmctl.rulebook import Rulebook
    from itsmctl.settings.model import Settings

_OLDEST_FOR_GATE = (2, 38)
_LONGEST_VALUE = 80  # columns
_EXTRAS = {"fast": "cryptography", "github": "PyGithub", "gitlab": "python-gitlab"}


class Diagnosis(Struct, frozen=True):
    """`text` for people; `exit_code` 0 if a verdict is possible here, 3 if not."""

    text: str
    exit_code: int


class Patient(Struct, frozen=True):
    """A governed repository, as far as it could be opened."""

    root: Path
    repo: GitRepo | None
    rulebook: Rulebook
    unread: tuple[str, ...] = ()  # paths of records that cannot be read
    roster: Roster | None = None


def examine(
    open_repository: Callable[[], Patient], environ: Mapping[str, str], git_version: str, width: int = 100
) -> Diagnosis:
    """Look at the machine, then at the repository; what cannot be opened is told, with its remedy."""
    rows: list[tuple[str, str]] = [
        ("itsmctl", __version__),
        ("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        ("YAML parser", yamltext.BEST.name),
        ("git", git_version or "not found: --rev, --since, history and the gate need it"),
        ("ssh", _ssh(sshsig.version(environ))),
        *_extras(),
        ("built-in schemas", str(bundled.folder("schemas"))),
        ("built-in policies", str(bundled.folder("policies"))),
    ]
    troubles: list[str] = []
    aside = ""
    try:
        patient = open_repository()
    except (CannotJudge, Misuse) as error:
        troubles.append(f"{error.message}\n  help: {error.hint}" if error.hint else error.message)
    else:
        rows.extend(_repository(patient))
        rows.extend(_gate(patient, environ))
        troubles.extend(_troubles(patient))
        aside = destination.astray(patient.repo, _target(patient)) if patient.repo is not None else ""
    rows.extend(("environment", f"{name}={environ[name]}") for name in sorted(environ) if name.startswith("ITSMCTL_"))
    lines = table(rows, width, 0, wrap=True)
    said = [line for trouble in troubles for line in code(trouble, width, 0)]
    told = prose(f"note: {aside}", width) if aside else []
    lines += ["", *told, *(said or [f"Nothing {'else ' if aside else ''}is wrong."])]
    return Diagnosis("\n".join(lines) + "\n", EXIT_CANNOT_JUDGE if troubles else EXIT_PASSED)


def _repository(patient: Patient) -> list[tuple[str, str]]:
    rulebook = patient.rulebook
    own = sorted(kind.name for kind in rulebook.kinds.values() if not kind.builtin)
    own_rules = [policy.rule.id for policy in rulebook.policies if not policy.builtin]
    where = str(patient.repo.root or patient.repo.git_dir) if patient.repo else "none: a plain folder"
    return [
        ("governed repository", str(patient.root)),
        ("git repository", where),
        ("kinds", f"{len(rulebook.kinds)}" + (f", of which own: {', '.join(own)}" if own else "")),
        ("policies", f"{len(rulebook.policies)}" + (f", of which own: {', '.join(own_rules)}" if own_rules else "")),
        *(("switched off", f"{rule}: {reason}") for rule, reason in sorted(rulebook.off.items())),
        *_settings(rulebook.settings.all),
    ]


def _ssh(release: str) -> str:
    need = ".".join(map(str, OLDEST_SSH))
    if not release:
        return f"not found: signed votes need OpenSSH {need} or later"
    found = re.match(r"OpenSSH_(?:for_Windows_)?([0-9]{1,3})\.([0-9]{1,3})", release)
    is_fit = found is not None and (int(found[1]), int(found[2])) >= OLDEST_SSH
    return release if is_fit else f"{release}: signed votes need OpenSSH {need} or later"


def _extras() -> list[tuple[str, str]]:
    """What is installed beside the tool, and what for."""
    rows = []
    for extra, package in _EXTRAS.items():
        try:
            said = f"{package} {metadata.version(package)}"
        except metadata.PackageNotFoundError:
            said = f"not installed: pip install 'itsmctl[{extra}]'"
        rows.append((f"extra {extra}", said))
    return rows


def _gate(patient: Patient, environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """What merges are judged against here, and with which key of ssh-agent votes would be signed."""
    rows = []
    if patient.repo is not None:
        target = _target(patient)
        short = target.removeprefix("refs/heads/")
        here = [name for name in (f"refs/remotes/origin/{short}", target) if name in patient.repo.refs]
        rows.append(("base of the gate", here[0] if here else f"{short} is not here: itsmctl gate needs --base"))
    try:
        keys = sshsig.agent_keys(environ)
    except CannotJudge as error:
        return [*rows, ("keys in ssh-agent", error.message)]
    for key in keys:
        fingerprint = sshsig.fingerprint(key)
        held = patient.roster.key(fingerprint) if patient.roster is not None else None
        rows.append(("key in ssh-agent", f"{fingerprint} of {f'Person/{held.person}' if held else 'nobody here'}"))
    return rows if keys else [*rows, ("keys in ssh-agent", "none: sign with --key FILE")]


def _target(patient: Patient) -> str:
    return str(patient.rulebook.settings.data.get("target", destination.USUAL))


def _settings(settings: Settings) -> list[tuple[str, str]]:
    """Each setting with its value and whether itsm.yaml says so or nobody does."""
    rows = []
    for name in type(settings).model_fields:
        if name in ("api_version", "kind"):
            continue
        origin = "itsm.yaml" if name in settings.model_fields_set else "default"
        value = settings.model_dump(mode="json", include={name}, exclude_none=True).get(name)
        head, *more = _as_yaml(value)
        rows += [(f"  {name}", f"{head}  [{origin}]".lstrip()), *(("", line) for line in more)]
    return rows


def _as_yaml(value: object) -> list[str]:
    """A value as itsm.yaml would have it: in one line where it is short, else below an empty one."""
    kept = {key: held for key, held in value.items() if held not in ({}, [])} if isinstance(value, dict) else value
    if kept in (None, {}, []):
        return ["(none)"]
    line = yaml_line(kept, _LONGEST_VALUE)
    if line or not isinstance(kept, dict | list):
        return [line or str(kept)]
    lines = [""]
    for name, held in kept.items() if isinstance(kept, dict) else (("-", item) for item in kept):
        head, *more = _as_yaml(held)
        lines += [f"  {name}{':' if isinstance(kept, dict) else ''} {head}".rstrip(), *(f"  {line}" for line in more)]
    return lines


def _troubles(patient: Patient) -> list[str]:
    found = []
    repo = patient.repo
    if patient.unread:
        paths = ", ".join(patient.unread[:3]) + (", …" if len(patient.unread) > 3 else "")
        found.append(f"{count(len(patient.unread), 'record')} cannot be read: {paths}\n  help: itsmctl validate")
    if repo is None:
        found.append(
            "the folder is in no git repository\n  help: git init. Without it there is no history and no --since."
        )
    elif repo.version < _OLDEST_FOR_GATE:
        version = ".".join(map(str, repo.version))
        found.append(f"git {version} is older than 2.38\n  help: Update git; judging merges will need it.")
    elif repo.is_shallow:
        found.append("history is cut off here (a shallow clone)\n  help: git fetch --unshallow")
    else:
        try:
            with gitbench.bench(repo):
                pass
        except CannotJudge as error:
            found.append(f"the gate cannot judge here: {error.message}\n  help: {error.hint}")
    return found
