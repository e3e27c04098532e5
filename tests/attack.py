"""What tests of threats share: an ordinary pull request to begin with, and what the gate has to say of it."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from court import Court, change
from signing import signed
from test_gate_flows import DB

from itsmctl import yamltext

_KEPT = tempfile.TemporaryDirectory(prefix="begun-")
atexit.register(_KEPT.cleanup)
_MADE: dict[tuple[object, ...], tuple[Path, int]] = {}


def begun(court: Court, *persons: str, by: str = "jaan", **spec: Any) -> Court:
    """A branch with an update of the database and its change, and the votes of these persons.

    What was made once on the same main is copied: to sign and commit votes takes its time.
    """
    key = (court.repo.git("rev-parse", "main"), persons, by, json.dumps(spec, sort_keys=True), court.now)
    if key in _MADE:
        kept, court.made = _MADE[key]
        shutil.rmtree(court.repo.path)
        shutil.copytree(kept, court.repo.path, symlinks=True)
        return court
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}, **spec))
    court.commit(by, "Update the database")
    court.votes("CHG-1", *persons)
    kept = Path(_KEPT.name) / str(len(_MADE))
    shutil.copytree(court.repo.path, kept, symlinks=True)
    _MADE[key] = kept, court.made
    return court


def approved(court: Court) -> Court:
    """The same with all the votes that it needs; the gate allows it."""
    begun(court, "liis", "kadri")
    assert court.gate().code == 0
    return court


def denied(court: Court, *codes: str, argv: tuple[str, ...] = (), **ignored: str) -> Any:
    """The head is denied for at least these reasons, and these persons' votes do not count for these."""
    judged = court.gate(*argv)
    assert judged.code == 1, (judged.code, judged.ran.stderr, judged.ran.stdout[-1500:])
    assert set(codes) <= judged.codes, (judged.codes, judged.says)
    assert ignored.items() <= judged.ignored.items(), (judged.ignored, judged.says)
    return judged


def no_verdict(court: Court, *words: str, argv: tuple[str, ...] = (), **refs: str) -> None:
    """There is none, and it says why."""
    judged = court.gate(*argv, **refs)
    assert judged.code == 3, (judged.code, judged.ran.stdout[-1500:])
    assert all(word in judged.ran.stderr for word in words), judged.ran.stderr
    assert "bug" not in judged.ran.stderr


def not_passed(court: Court) -> None:
    """Denied, or no verdict."""
    assert court.gate().code in (1, 3)


def settings(court: Court, **more: Any) -> None:
    """Other settings in the work tree."""
    file = court.repo.path / "itsm.yaml"
    held = yamltext.read(file.read_bytes())
    assert isinstance(held, dict)
    file.write_bytes(yamltext.dump({**held, **more}))


def sign(key: Path, content: bytes, namespace: str = "approval@itsmctl") -> bytes:
    """A detached signature."""
    return signed(key, content, namespace)


def statement(court: Court, person: str, name: str = "CHG-1") -> Path:
    """The one statement of a person on a change in the work tree."""
    (found,) = (court.repo.path / "approvals" / name).glob(f"{person}-*.json")
    return found


def rewritten(court: Court, file: Path, content: bytes, key: Path, namespace: str = "approval@itsmctl") -> None:
    """Put a statement in place of another, where its bytes belong, signed with a key."""
    import hashlib

    file.unlink()
    file.with_name(f"{file.name}.sig").unlink()
    person = file.name.rsplit("-", 1)[0]
    name = f"{person}-{hashlib.sha256(content).hexdigest()[:12]}.json"
    file.with_name(name).write_bytes(content)
    file.with_name(f"{name}.sig").write_bytes(sign(key, content, namespace))
