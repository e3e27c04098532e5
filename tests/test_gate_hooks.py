"""Protected files that are run, such as the hook of a git server: named, voted on, spent and taken back like others."""

from __future__ import annotations

import pytest
from court import Court, change
from test_change_backout import WHY, went_wrong
from test_gate_flows import INCIDENT
from test_gate_threats_git import ABOVE, below, gate_below, put_below

from itsmctl import yamltext

HOOK = "hooks/pre-receive"
ITEM = f"File/{HOOK}"


def write(court: Court, text: str, *, mode: int = 0o755) -> None:
    court.repo.write(HOOK, text)
    (court.repo.path / HOOK).chmod(mode)


def founded(court: Court) -> Court:
    """The hook stands at the base, as `init` makes it."""
    write(court, "#!/bin/sh\nexec itsmctl gate --pre-receive\n")
    court.commit("rein", "The hook")
    return court


def proposed(court: Court, *, action: str = "change", votes: bool = True) -> None:
    court.put(change("CHG-1", {ITEM: action}))
    court.commit("jaan", "Alter the hook")
    if votes:
        court.votes("CHG-1", "rein", "sirje")


def mode(court: Court, rev: str = "HEAD") -> str:
    return court.repo.git("ls-tree", rev, "--", HOOK).split()[0] if court.repo.git("ls-tree", rev, "--", HOOK) else ""


def test_a_hook_is_edited_and_taken_back(court: Court) -> None:
    founded(court).branch("pr")
    write(court, "#!/bin/sh\nexec itsmctl gate --pre-receive -f text\n")
    proposed(court)
    assert "reference" not in court.run("jaan", "validate").stdout
    went_wrong(court)
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY, "--commit")
    assert ran.code == 0, ran.stdout + ran.stderr
    assert (mode(court), court.repo.git("status", "--porcelain")) == ("100755", "")
    assert court.repo.git("diff", "--name-only", "main~2", "HEAD", "--", HOOK) == ""
    judged = court.gate()
    assert judged.outcome == "ALLOWED", judged.says


def test_what_was_done_to_a_hook_is_spent(court: Court) -> None:
    founded(court).branch("pr")
    before = (court.repo.path / HOOK).read_text()
    write(court, "#!/bin/sh\nexit 0\n")
    proposed(court)
    court.merge("pr")
    court.branch("undo")
    write(court, before)
    court.put(change("CHG-2", {ITEM: "change"}))
    court.commit("jaan", "As before")
    court.votes("CHG-2", "rein", "sirje")
    judged = court.gate()
    assert judged.outcome == "ALLOWED", judged.says
    court.merge("undo")
    court.branch("again")
    write(court, "#!/bin/sh\nexit 0\n")
    court.commit("jaan", "Once more\n\nChange: CHG-1")
    judged = court.gate()
    assert (judged.outcome, "SPENT" in judged.codes) == ("DENIED", True), judged.says


@pytest.mark.parametrize(
    ("action", "content", "bits"), [("change", None, 0o644), ("remove", "", 0), ("add", "", 0o755)]
)
def test_its_mode_is_put_back(court: Court, action: str, content: str | None, bits: int) -> None:
    if action != "add":
        founded(court)
    court.branch("pr")
    if action == "remove":
        (court.repo.path / HOOK).unlink()
    else:
        write(court, "#!/bin/sh\nexec itsmctl gate --pre-receive\n", mode=bits)
    proposed(court, action=action)
    went_wrong(court)
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY, "--commit")
    assert ran.code == 0, ran.stdout + ran.stderr
    assert mode(court) == ("" if action == "add" else "100755")
    assert court.repo.git("status", "--porcelain") == ""
    judged = court.gate()
    assert judged.outcome == "ALLOWED", judged.says


def test_whoever_votes_sees_its_mode_and_its_lines(court: Court) -> None:
    founded(court).branch("pr")
    write(court, "#!/bin/sh\nexit 0\n", mode=0o644)
    proposed(court, votes=False)
    words = ("--base", "main", "--key", str(court.keys["rein"]), "--yes")
    ran = court.run("rein", "change", "approve", "CHG-1", *words)
    assert ran.code == 0, ran.stderr
    for line in ("old mode 100755", "new mode 100644", "+exit 0", "-exec itsmctl gate --pre-receive"):
        assert line in ran.stdout


def test_a_link_is_no_file(court: Court) -> None:
    founded(court).branch("pr")
    (court.repo.path / HOOK).unlink()
    (court.repo.path / HOOK).symlink_to("../README.md")
    proposed(court)
    judged = court.gate()
    assert judged.outcome == "DENIED"
    assert f"{HOOK} is a symbolic link, and no file" in judged.says


def test_a_file_above_the_root_is_shown_and_taken_back(court: Court) -> None:
    below(court).branch("pr")
    court.repo.write(".github/workflows/gate.yml", "on: never\n")
    put_below(court, change("CHG-1", {ABOVE: "change"}))
    court.commit("jaan", "A workflow, and its change")
    root = ("--root", str(court.repo.path / "ops"))
    for one in ("rein", "sirje"):
        words = ("--base", "main", "--key", str(court.keys[one]), "--yes", *root)
        ran = court.run(one, "change", "approve", "CHG-1", *words)
        assert (ran.code, "+on: never" in ran.stdout, "-on: push" in ran.stdout) == (0, True, True), ran.stderr
    assert gate_below(court) == (0, set())
    court.merge("pr")
    court.repo.write("ops/records/incidents/INC-1.yaml", yamltext.dump(INCIDENT))
    court.commit("mari", "Nothing runs")
    court.branch("back")
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY, "--commit", *root)
    assert ran.code == 0, ran.stdout + ran.stderr
    assert (court.repo.path / ".github/workflows/gate.yml").read_text() == "on: push\n"
    assert court.repo.git("status", "--porcelain") == ""
    assert gate_below(court) == (0, set())
