"""`itsmctl rename` on real repositories: every reference follows, everything else stays, and all or none is written."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Repo
from world import SETTINGS, change, found_small, item, lines, service, validate

from itsmctl import settings, yamltext
from itsmctl.renaming import ROLES_IN_SETTINGS

if TYPE_CHECKING:
    from conftest import MakeRepo

EXAMPLE = Path(__file__).resolve().parent.parent / "example-repo"

LOANS = """\
# what the library lends
apiVersion: itsm/v1
kind: Service
metadata:
  name: 'loans'  # short
  title: Loans
  owner: Role/operations
spec:
  state: proposed
"""


@pytest.fixture
def town(repo: Repo) -> Repo:
    """Loans, and what refers to it: in a list, qualified, in brackets, in a change, in a waiver."""
    found_small(repo)
    repo.write("records/services/loans.yaml", LOANS)
    spec = "depends_on:\n  - {target:  Service/loans}  # c\n"
    repo.write("records/services/e-books.yaml", service("e-books", spec=spec))
    spec = 'impact:\n  services: [e-books, "loans"]\nitems:\n  - item: Service/loans\n    action: change\n'
    repo.write("records/changes/CHG-1.yaml", change("CHG-1", spec=spec).replace("\n", "\r\n"))
    repo.commit("The town")
    return repo


def texts(repo: Repo) -> dict[str, str]:
    return {
        file.relative_to(repo.path).as_posix(): file.read_bytes().decode() for file in sorted(repo.path.rglob("*.yaml"))
    }


def misplaced(repo: Repo) -> list[str]:
    """References that lead nowhere, and records that are not where they belong."""
    return [line for line in lines(validate(repo)) if re.search(r" (reference|record|schema|yaml)\b", line)]


def test_every_reference_follows_and_nothing_else_moves(town: Repo) -> None:
    before = texts(town)
    ran = town.run("rename", "Service/loans", "lending")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == (
        "renamed Service/loans to Service/lending\n"
        "  moved records/services/loans.yaml to records/services/lending.yaml\n"
        "  rewrote records/changes/CHG-1.yaml (2 references)\n"
        "  rewrote records/services/e-books.yaml (1 reference)\n"
    )
    after = texts(town)
    assert after.pop("records/services/lending.yaml") == LOANS.replace("name: 'loans'", "name: 'lending'").replace(
        "  owner: Role/operations\n", "  owner: Role/operations\n  formerly:\n    - loans\n"
    )
    old = before.pop("records/services/loans.yaml")
    assert old == LOANS
    rewritten = {path: text.replace("Service/loans", "Service/lending") for path, text in before.items()}
    assert after == {path: text.replace('"loans"', '"lending"') for path, text in rewritten.items()}
    assert misplaced(town) == []


def test_what_was_in_canonical_form_still_is(town: Repo) -> None:
    assert town.run("fmt").code == 0
    assert town.run("rename", "loans", "lending").code == 0
    assert town.run("fmt", "--check").code == 0


def test_a_second_rename_keeps_all_former_names(town: Repo) -> None:
    assert town.run("rename", "loans", "lending").code == 0
    assert town.run("rename", "Service/lending", "Service/circulation").code == 0
    text = texts(town)["records/services/circulation.yaml"]
    assert yamltext.read(text.encode())["metadata"]["formerly"] == ["loans", "lending"]  # type: ignore[call-overload, index]
    assert misplaced(town) == []


def test_references_by_a_former_name_go_over_as_well(town: Repo) -> None:
    assert town.run("rename", "loans", "lending").code == 0
    town.write("records/services/late.yaml", service("late", spec="depends_on:\n  - target: Service/loans\n"))
    assert misplaced(town) == []
    assert town.run("rename", "lending", "circulation").code == 0
    assert "target: Service/circulation" in texts(town)["records/services/late.yaml"]


def test_a_former_name_finds_the_record(town: Repo) -> None:
    assert town.run("rename", "loans", "lending").code == 0
    ran = town.run("rename", "Service/loans", "circulation", "--dry-run")
    assert ran.stdout.startswith("would rename Service/lending to Service/circulation\n")


def test_a_planned_edit_follows(town: Repo) -> None:
    town.write("records/configuration-items/old.yaml", item("old"))
    town.write("records/configuration-items/db.yaml", item("db"))
    planned = "set: {/spec/relations: [{type: connects-to, target: old}], /spec/location: old, /spec/supplier: old}"
    spec = f"items:\n  - item: ConfigurationItem/db\n    action: change\n    {planned}\n"
    town.write("records/changes/CHG-2.yaml", change("CHG-2", spec=spec))
    assert town.run("rename", "ConfigurationItem/old", "new").code == 0
    assert planned.replace("target: old", "target: new") in texts(town)["records/changes/CHG-2.yaml"]


def test_the_names_that_a_change_model_allows_follow(town: Repo) -> None:
    town.write("records/configuration-items/loans.yaml", item("loans"))
    spec = (
        "  state: draft\n  allows:\n"
        "    - {kind: Service, names: [e-books, loans], fields: [{at: /spec/state}]}\n"
        "    - {kind: ConfigurationItem, names: [loans], fields: [{at: /spec/version}]}\n"
    )
    head = "apiVersion: itsm/v1\nkind: ChangeModel\nmetadata: {name: m, title: M, owner: Role/operations}\nspec:\n"
    town.write("records/change-models/m.yaml", head + spec)
    ran = town.run("rename", "Service/loans", "lending")
    assert "rewrote records/change-models/m.yaml (1 reference)" in ran.stdout
    assert texts(town)["records/change-models/m.yaml"] == head + spec.replace("e-books, loans", "e-books, lending")


@pytest.mark.parametrize("by_hand", [False, True])
def test_what_was_approved_is_the_same_after_a_rename(town: Repo, by_hand: bool) -> None:
    planned = "set: {/spec/relations: [{type: connects-to, target: old}]}"
    for name in ("old", "db"):
        town.write(f"records/configuration-items/{name}.yaml", item(name))
    listed = "".join(f"  - item: {one}\n    action: change\n" for one in ("Service/loans", "ConfigurationItem/db"))
    spec = f"items:\n{listed}    {planned}\n"
    town.write("records/changes/CHG-2.yaml", change("CHG-2", state="approved", spec=spec))
    town.commit("Approved")
    if by_hand:  # references by former names lead on
        (town.path / "records/services/loans.yaml").unlink()
        renamed = LOANS.replace("name: 'loans'", "name: lending\n  formerly: [loans]")
        town.write("records/services/lending.yaml", renamed)
    else:
        assert town.run("rename", "Service/loans", "lending").code == 0
        assert town.run("rename", "ConfigurationItem/old", "new").code == 0
    assert [line for line in lines(validate(town, "--since", "HEAD")) if line.endswith("CHG-10")] == []
    path = town.path / "records/changes/CHG-2.yaml"
    path.write_text(path.read_text().replace("ConfigurationItem/db", "Service/e-books"))
    assert [line for line in lines(validate(town, "--since", "HEAD")) if line.endswith("CHG-10")]


def test_the_settings_follow_a_role(town: Repo) -> None:
    emergency = "emergency: {roles: [operations, other], review_within: 5, per_service: 2, period: 90}\n"
    town.write("itsm.yaml", SETTINGS + "owner_fallback: operations  # who else\n" + emergency)
    ran = town.run("rename", "Role/operations", "ops")
    assert ran.code == 0, ran.stderr
    assert "  rewrote itsm.yaml (2 references)\n" in ran.stdout
    expected = emergency.replace("[operations", "[ops")
    assert texts(town)["itsm.yaml"] == SETTINGS + "owner_fallback: ops  # who else\n" + expected
    assert misplaced(town) == []


def test_the_settings_name_roles_where_we_think_they_do() -> None:
    """A new field of the settings that says that it holds a role is a new place to rewrite."""
    found = set()

    def walk(schema: dict[str, Any], pointer: str) -> None:
        if "$ref" in schema:
            walk(settings.json_schema()["$defs"][schema["$ref"].rpartition("/")[2]], pointer)
        for part in schema.get("anyOf", ()):
            walk(part, pointer)
        for name, part in schema.get("properties", {}).items():
            if re.search(r"\b[Rr]oles?\b", part.get("description", "")):
                found.add(f"{pointer}/{name}/*" if part.get("type") == "array" else f"{pointer}/{name}")
            walk(part, f"{pointer}/{name}")

    walk(settings.json_schema(), "")
    assert found == set(ROLES_IN_SETTINGS)


def test_a_record_that_names_itself(town: Repo) -> None:
    assert town.run("rename", "Role/operations", "ops").code == 0
    assert "  owner: Role/ops\n" in texts(town)["records/roles/ops.yaml"]
    assert misplaced(town) == []


def test_a_name_that_reads_like_a_number_gets_its_quotes(town: Repo) -> None:
    assert town.run("rename", "loans", "2027").code == 0
    assert 'services: [e-books, "2027"]' in texts(town)["records/changes/CHG-1.yaml"]
    assert misplaced(town) == []
    assert town.run("rename", "Role/operations", "1.10").code == 0
    assert misplaced(town) == []


def test_a_record_away_from_its_home_goes_to_the_new_one(town: Repo) -> None:
    town.git("mv", "records/services/loans.yaml", "records/persons/loans.yaml")
    assert town.run("rename", "Service/loans", "lending").code == 0
    assert "records/services/lending.yaml" in texts(town)
    assert "records/persons/loans.yaml" not in texts(town)


def test_only_letter_case_may_change(town: Repo) -> None:
    assert town.run("rename", "Service/loans", "Loans").code == 0
    assert "records/services/Loans.yaml" in texts(town)
    assert misplaced(town) == []


# --- back


def test_a_rename_that_nobody_committed_can_be_taken_back(town: Repo) -> None:
    before = texts(town)
    assert town.run("rename", "loans", "lending").code == 0
    assert town.run("rename", "lending", "loans").code == 0
    after = texts(town)
    for path in before:
        assert yamltext.read(after[path].encode()) == yamltext.read(before[path].encode()), path
    assert set(before) == set(after)


def test_a_record_may_go_back_to_a_name_of_its_own(town: Repo) -> None:
    assert town.run("rename", "loans", "lending").code == 0
    town.commit("renamed")
    assert town.run("rename", "lending", "loans").code == 0
    assert "  formerly:\n    - lending\n" in texts(town)["records/services/loans.yaml"]
    assert misplaced(town) == []


# --- showing


def test_a_trial_writes_nothing(town: Repo) -> None:
    before = texts(town)
    ran = town.run("rename", "loans", "lending", "--dry-run")
    assert ran.code == 0
    assert ran.stdout.splitlines()[:2] == [
        "would rename Service/loans to Service/lending",
        "  would move records/services/loans.yaml to records/services/lending.yaml",
    ]
    assert texts(town) == before


def test_git_takes_the_diff_and_it_makes_the_same_files(town: Repo) -> None:
    before = texts(town)
    ran = town.run("rename", "loans", "lending", "--diff")
    assert ran.code == 0
    assert "rename from records/services/loans.yaml\nrename to records/services/lending.yaml\n" in ran.stdout
    assert texts(town) == before
    town.git("apply", "-", stdin=ran.stdout.encode())
    applied = texts(town)
    town.git("checkout", "--quiet", "--", ".")
    town.git("clean", "--quiet", "--force")
    assert town.run("rename", "loans", "lending").code == 0
    assert texts(town) == applied


def test_texts_that_name_the_record_are_listed_and_left(town: Repo) -> None:
    spec = "security:\n  arrangements: See Service/loans, not Service/loans-2.\n"
    town.write("records/services/x.yaml", service("x", spec=spec))
    policy = (EXAMPLE / "policies/TLR-01.yaml").read_text().replace("kind: Branch", "kind: Service")
    policy = policy.replace("i.spec.type == 'self-service-kiosk' &&", "self.metadata.name == 'loans' &&")
    town.write("policies/TLR-01.yaml", policy)
    place = next(n for n, line in enumerate(policy.split("\n"), 1) if "'loans'" in line)
    ran = town.run("rename", "loans", "lending")
    assert ran.stdout.endswith(
        "Service/loans is still named in texts, which stay as they are:\n"
        f"  policies/TLR-01.yaml:{place}\n"
        "  records/services/x.yaml:10\n"
    )
    assert "See Service/loans," in texts(town)["records/services/x.yaml"]


# --- refused


def refused(repo: Repo, *argv: str, code: int = 2) -> str:
    before = texts(repo)
    ran = repo.run("rename", *argv)
    assert (ran.code, ran.stdout) == (code, ""), ran.stderr
    assert texts(repo) == before
    return ran.stderr


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("Service/loan", "x"), "there is no record Service/loan in the work tree: did you mean Service/loans?"),
        (("Servce/loans", "x"), "there is no kind Servce"),
        (("Service/loans", "e-books"), "there is a Service called e-books already: records/services/e-books.yaml"),
        (("Service/loans", "E-BOOKS"), "there is a Service called e-books already"),
        (("Service/loans", "loans"), "Service/loans is called loans already"),
        (("Service/loans", "Person/loans"), "Service/loans stays a Service"),
        (("Service/loans", "õun"), "not a name of ASCII letters and digits"),
        (("Service/loans", ""), "name"),
        (("Service/loans", "a/b"), "Service/loans stays a Service"),
        (("Service/loans", "con"), "a device name on Windows"),
    ],
)
def test_what_is_no_new_name(town: Repo, argv: tuple[str, str], says: str) -> None:
    assert says in refused(town, *argv)


def test_a_name_that_a_record_had_once_is_not_used_again(town: Repo) -> None:
    town.write("records/services/gone.yaml", service("gone"))
    town.commit("gone")
    (town.path / "records/services/gone.yaml").unlink()
    town.commit("gone for good")
    said = refused(town, "loans", "Gone")
    assert "Service/gone was used before, and names are never reused" in said
    assert "itsmctl log Service/gone shows what it was" in said


def test_nor_a_former_name_of_another_record(town: Repo) -> None:
    assert town.run("rename", "e-books", "media").code == 0
    assert "Service/e-books is what Service/media was called before" in refused(town, "loans", "E-books")


def test_nor_the_name_of_a_file_that_cannot_be_read(town: Repo) -> None:
    town.write("records/services/broken.yaml", "a: [\n")
    assert "there is a Service called broken already: records/services/broken.yaml" in refused(town, "loans", "broken")


def test_a_file_that_may_refer_to_it_must_be_readable(town: Repo) -> None:
    town.write("records/services/broken.yaml", "target: Service/loans\na: [\n")
    said = refused(town, "loans", "lending", code=3)
    assert "records/services/broken.yaml names loans and cannot be read as a record" in said
    town.write("records/services/broken.yaml", "target: Service/loans-2\na: [\n")
    assert town.run("rename", "loans", "lending").code == 0


def test_a_cut_history_does_not_show_which_names_are_free(town: Repo, make_repo: MakeRepo) -> None:
    town.commit("more")
    shallow = town.path.parent / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=1", town.path.as_uri(), str(shallow)], env=town.environ, check=True)
    said = refused(Repo(shallow, town.environ), "loans", "lending", code=3)
    assert "it does not show whether Service/lending was used before" in said
    assert "git fetch --unshallow" in said


def test_a_plain_folder_will_do(tmp_path: Path, environ: dict[str, str]) -> None:
    folder = Repo(tmp_path / "plain", environ)
    found_small(folder)
    folder.write("records/services/loans.yaml", LOANS)
    assert folder.run("rename", "loans", "lending").code == 0
    assert misplaced(folder) == []


# --- the example


@pytest.fixture
def example(make_repo: MakeRepo) -> Repo:
    repo = make_repo("example")
    shutil.copytree(EXAMPLE, repo.path, dirs_exist_ok=True)
    repo.commit("The example")
    return repo


@pytest.mark.parametrize(
    "refs",
    [
        ("Service/loans", "Role/service-desk", "Person/kadri", "ContinuityPlan/lending-2024"),
        (
            "CIType/server",
            "ConfigurationItem/koha-01",
            "SupplierContract/koha-support-2025",
            "ServiceLevelAgreement/library-services-branches",
        ),
    ],
)
def test_the_example_stays_clean_and_in_form(example: Repo, refs: tuple[str, ...]) -> None:
    for ref in refs:
        ran = example.run("rename", ref, f"{ref.partition('/')[2]}-2")
        assert ran.code == 0, ran.stderr
        assert ran.stdout.count("rewrote") > 0
    assert misplaced(example) == []
    assert example.run("fmt", "--check").code == 0
    for ref in refs:
        assert f"{ref}-2" in example.run("show", ref).stdout  # by its former name


RULE = """\
apiVersion: itsm/v1
kind: ApprovalRule
metadata: {name: normal, title: Normal changes, owner: Role/operations}
spec: {for: changes, require: [{role: operations}], serial: 1}
"""


def test_what_happened_keeps_its_name_once_it_is_on_the_target(town: Repo) -> None:
    town.git("checkout", "--quiet", "-b", "pr")
    town.write("records/changes/CHG-2.yaml", change("CHG-2"))
    assert town.run("rename", "ChangeRequest/CHG-2", "CHG-3").code == 0
    town.commit("A change")
    assert town.run("rename", "ChangeRequest/CHG-3", "CHG-4").code == 0  # on its branch alone
    before = texts(town)
    assert town.run("rename", "ChangeRequest/CHG-1", "CHG-8", "--dry-run").code == 0  # where nobody votes
    town.write("records/approval-rules/normal.yaml", RULE)
    before = texts(town)
    ran = town.run("rename", "ChangeRequest/CHG-1", "CHG-9")
    assert (ran.code, "on record under this name" in ran.stderr, "metadata.title" in ran.stderr) == (2, True, True), (
        ran.stderr
    )
    assert texts(town) == before
