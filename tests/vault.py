"""A court with release and configuration managers, for tests of baselines: freeze, agree, verify, as somebody."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest import Repo, copied, undisturbed
from court import Court, record
from signing import signed

if TYPE_CHECKING:
    from conftest import Ran

MANAGERS: Mapping[str, tuple[str, ...]] = {"release-manager": ("mari",), "configuration-manager": ("kadri", "liis")}


@dataclass
class Vault:
    """`court` on main, where kadri makes baselines, and mari agrees to them."""

    court: Court

    @classmethod
    def over(cls, court: Court) -> Vault:
        """The court with the two roles."""
        for role, holders in MANAGERS.items():
            spec = {"holders": [{"person": name, "from": "2020-01-01"} for name in holders], "serial": 1}
            court.put(record("Role", role, spec))
        court.commit("rein", "Appoint managers")
        return cls(court)

    @classmethod
    def founding(cls, founded: Path, path: Path, keys: Mapping[str, Path]) -> Vault:
        """The same over a copy of a founded court, for a template that tests copy."""
        copied(founded, path)
        return cls.over(Court(Repo(path, undisturbed(path.parent / "home")), keys))

    @classmethod
    def copied(cls, template: Path, path: Path, environ: dict[str, str], keys: Mapping[str, Path]) -> Vault:
        """A copy of a template, of a test's own; its commits are dated behind those of the template."""
        copied(template, path)
        return cls(Court(Repo(path, environ), keys, made=20))

    @property
    def repo(self) -> Any:
        """The repository."""
        return self.court.repo

    def path(self, name: str, file: str = "baseline.json") -> Path:
        """A file of a baseline in the work tree."""
        return Path(self.repo.path, "baselines", name, file)

    def manifest(self, name: str) -> dict[str, Any]:
        """What baseline.json says."""
        found = json.loads(self.path(name).read_bytes())
        assert isinstance(found, dict)
        return found

    def run(self, person: str, *argv: str, code: int = 0) -> Ran:
        """A command of the group, as somebody; it has to end with that exit code."""
        run = self.court.again if argv[0] in ("create", "approve") and code == 0 else self.court.run
        ran = run(person, "baseline", *argv)
        assert ran.code == code, f"exit {ran.code}: {ran.stderr}{ran.stdout}"
        return ran

    def create(self, name: str, *argv: str, by: str = "kadri") -> str:
        """Freeze and commit; the commit."""
        self.run(by, "create", name, *argv)
        return self.head

    def sign(self, name: str, *argv: str, by: str = "kadri") -> str:
        """The same, signed."""
        return self.create(name, "--sign", "--key", str(self.court.keys[by]), "--yes", *argv, by=by)

    def approve(self, name: str, *argv: str, by: str = "mari", code: int = 0) -> Ran:
        """Agree, as somebody."""
        return self.run(by, "approve", name, "--key", str(self.court.keys[by]), "--yes", *argv, code=code)

    @property
    def head(self) -> str:
        """The commit that HEAD is on."""
        return str(self.repo.head)

    def verify(self, name: str, *argv: str) -> dict[str, Any]:
        """What verification says, as data."""
        ran = self.court.run("ene", "baseline", "verify", name, "-f", "json", *argv)
        assert ran.code in (0, 1), f"exit {ran.code}: {ran.stderr}"
        found = json.loads(ran.stdout)
        assert isinstance(found, dict)
        assert found["holds"] is (ran.code == 0)
        return found

    def by_hand(self, name: str) -> subprocess.CompletedProcess[str]:
        """What a shell makes of the check by hand that verification prints, pasted as it is."""
        ran = self.court.run("ene", "baseline", "verify", name)
        assert ran.code in (0, 1), f"exit {ran.code}: {ran.stderr}"
        script = ran.stdout.partition("The same by hand:\n\n")[2]
        environ = {"PATH": os.environ["PATH"], **self.repo.environ}
        return subprocess.run(
            ["bash", "-c", script], cwd=self.repo.path, env=environ, capture_output=True, check=False, text=True
        )

    def codes(self, name: str, *argv: str) -> set[str]:
        """The codes of all errors."""
        return {one["code"] for one in self.verify(name, *argv)["faults"] if one["severity"] == "error"}

    def rewrite(self, name: str, file: str, content: bytes, person: str = "jaan") -> None:
        """Put other bytes in place of a file of a baseline, and commit that."""
        self.path(name, file).write_bytes(content)
        self.court.commit(person, "Rewrite")


def sign(vault: Vault, content: bytes, signer: str, namespace: str) -> bytes:
    """A signature as ssh-keygen makes it."""
    return signed(vault.court.keys[signer], content, namespace)


def agree(vault: Vault, name: str, signer: str = "mari", role: str = "release-manager") -> None:
    """An agreement to the bytes that stand there, signed as no command would: nothing is looked at."""
    content, data = vault.path(name).read_bytes(), vault.manifest(name)
    digest = hashlib.sha256(content).hexdigest()
    predicate = {
        "baseline": name,
        "repository": data["repository"],
        "commit": data["source"]["commit"],
        "root": data["root"],
        "manifest": digest,
        "person": signer,
        "role": role,
        "reason": "",
        "issued_at": vault.court.now,
        "nonce": "0123456789abcdef",
    }
    said = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": f"Baseline/{name}", "digest": {"sha256": data["root"]}},
            {"name": f"baselines/{name}/baseline.json", "digest": {"sha256": digest}},
        ],
        "predicateType": "urn:itsmctl:agreement:v1",
        "predicate": predicate,
    }
    forge(vault, said, signer, name)


def forge(vault: Vault, data: dict[str, Any], signer: str, name: str = "loans-1") -> None:
    """Write and sign an agreement as no command would."""
    content = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    person = data["predicate"]["person"]
    path = vault.path(name, f"agreement/{person}-{hashlib.sha256(content).hexdigest()[:12]}.json")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    path.with_name(path.name + ".sig").write_bytes(sign(vault, content, signer, "agreement@itsmctl"))
    vault.court.commit("jaan", "Bring an agreement")
