"""Markdown: what the summary of a job and a comment on a pull request show, and that they are taken whole."""

from __future__ import annotations

import pytest
from golden.sample import CLEAN, FINDINGS, SAMPLE, SEEN
from hypothesis import given, settings
from hypothesis import strategies as st
from marked import LIVE, Shown, shown
from msgspec.structs import replace

from itsmctl import markup
from itsmctl.findings import Finding, NotRun, Place, Related, Report
from itsmctl.formats import FORMATS, Look

WEB = "https://forge.example/town/records/blob/1a2b3c4/"


def of(report: Report, look: Look | None = None) -> Shown:
    return shown(FORMATS["markdown"].write(report, look or Look()))


def rows(*findings: Finding, look: Look | None = None) -> list[list[str]]:
    return of(replace(SAMPLE, findings=findings), look or Look(quiet=True)).rows


def many(number: int, severity: str = "error") -> tuple[Finding, ...]:
    """As many findings in files of their own."""
    return tuple(
        replace(FINDINGS[2], severity=severity, place=Place(f"records/{severity}/{at:05}.yaml", at + 1))
        for at in range(number)
    )


def test_the_verdict_comes_first() -> None:
    marker, verdict, *_ = FORMATS["markdown"].write(SAMPLE, Look()).splitlines()
    assert marker == "<!-- itsmctl validate ops/itsm -->"
    assert verdict == "### ❌ itsmctl validate failed: 3 errors, 1 warning, 1 info in 3 files (1 waived, 3 old)"
    assert of(CLEAN).text.strip().splitlines()[0] == (
        "✅ itsmctl validate passed: no findings in 138 records (1 waived, 3 old)"
    )


def test_it_passes_where_findings_are_below_what_fails() -> None:
    warned = replace(SAMPLE, findings=FINDINGS[-1:])
    assert "✅ itsmctl validate passed: 1 warning in 1 file" in of(warned).text
    assert "❌ itsmctl validate failed: 1 warning in 1 file" in of(replace(warned, fail_on="warning")).text


def test_a_table_for_each_file() -> None:
    assert rows(*FINDINGS[:4]) == [
        ["Line", "ops/itsm/records/changes/CHG-2026-0042.yaml"],
        [
            "12",
            (
                "🔴 error[CFG-03] ConfigurationItem/bd-02 does not exist: did you mean db-02?\n"
                "→ Correct the name, or add records/configuration-items/bd-02.yaml with "
                "itsmctl new ConfigurationItem bd-02."
            ),
        ],
        [
            "13",
            (
                "🔵 info[house-title-language] the plan of CHG-2026-0042 is not in Estonian: 'lend and return'\n"
                "→ Translate the title; leave names of products as they are."
            ),
        ],
        [
            "14",
            (
                "🔴 error[CHG-07] no back-out steps and no remedy for CHG-2026-0042\n"
                "ops/itsm/records/services/loans.yaml:9:9: the service it touches: tier 2 has to be back within four "
                "hours\n"
                "ops/itsm/records/roles/change-manager.yaml:1:1: the role that decides on the way back\n"
                "→ Describe the steps, the trigger and who decides, or why it cannot be reversed and what is done "
                "instead."
            ),
        ],
        ["Line", "ops/itsm/records/notes, 2026: \\xff\\n.yaml"],
        [
            "1",
            "🔴 error[yaml-duplicate-key] records/notes, 2026: \\u{202e}.txt is not read \\x1b[2J\n→ Keep one of them.",
        ],
    ]


def test_the_file_with_the_worst_finding_is_the_first() -> None:
    info, warning, error = (
        replace(one, place=Place(name))
        for one, name in zip(
            (FINDINGS[1], FINDINGS[-1], FINDINGS[0]),
            ("records/a.yaml", "records/b.yaml", "records/c.yaml"),
            strict=True,
        )
    )
    heads = [row[1] for row in rows(info, warning, error) if row[0] == "Line"]
    assert heads == ["ops/itsm/records/c.yaml", "ops/itsm/records/b.yaml", "ops/itsm/records/a.yaml"]


def test_an_example_keeps_its_lines_and_their_indentation() -> None:
    hint = "Write it. For example:\n\n  backout:\n    steps: [a | b]\n"
    text = FORMATS["markdown"].write(replace(SAMPLE, findings=(replace(FINDINGS[2], hint=hint, related=()),)), Look())
    assert "<pre>backout:<br>  steps: &#91;a &#124; b&#93;</pre> |\n" in text
    (_, row), *_ = rows(replace(FINDINGS[2], hint=hint, related=()))[1:]
    assert row.endswith("→ Write it. For example:\nbackout:\n  steps: [a | b]")


def test_second_places_are_named_and_counted() -> None:
    related = tuple(Related(Place(f"records/{name}.yaml", 3, 5), f"the {name}") for name in "abcde")
    (_, row) = rows(replace(FINDINGS[0], related=related, hint=""))[1]
    assert row.splitlines()[1:] == [
        "ops/itsm/records/a.yaml:3:5: the a",
        "ops/itsm/records/b.yaml:3:5: the b",
        "ops/itsm/records/c.yaml:3:5: the c",
        "and 2 more places",
    ]


def test_links_lead_to_the_lines_where_the_forge_shows_them() -> None:
    change = f"{WEB}ops/itsm/records/changes/CHG-2026-0042.yaml"
    found = of(replace(SAMPLE, findings=FINDINGS[2:3]), Look(web=WEB, quiet=True))
    assert found.links == [
        change,
        f"{change}#L14",
        f"{WEB}ops/itsm/records/services/loans.yaml#L9",
        f"{WEB}ops/itsm/records/roles/change-manager.yaml#L1",
    ]
    odd = replace(FINDINGS[0], place=Place("records/a b)|[c].yaml", 3))
    assert of(replace(SAMPLE, findings=(odd,)), Look(web=WEB, quiet=True)).links == [
        f"{WEB}ops/itsm/records/a%20b%29%7C%5Bc%5D.yaml",
        f"{WEB}ops/itsm/records/a%20b%29%7C%5Bc%5D.yaml#L3",
    ]


def test_without_an_address_nothing_is_linked() -> None:
    assert of(SAMPLE).links == []


def test_a_finding_about_no_file_has_no_link() -> None:
    assert of(replace(SAMPLE, findings=(Finding("X-1", "error", "m", Place("")),)), Look(web=WEB)).links == []


def test_from_the_eleventh_on_findings_are_folded_away_the_worst_not() -> None:
    findings = tuple(sorted((*many(12, "warning"), *many(9)), key=lambda one: one.order))
    text = FORMATS["markdown"].write(replace(SAMPLE, findings=findings), Look())
    seen, folded = text.split("<summary>11 more findings</summary>")
    assert (seen.count("`error[CHG-07]`"), seen.count("`warning[CHG-07]`")) == (9, 1)
    assert folded.partition("</details>")[0].count("`warning[CHG-07]`") == 11


@pytest.mark.parametrize("look", [Look(), Look(web=WEB, statistics=True)], ids=["plain", "linked"])
def test_a_long_report_keeps_the_worst_and_counts_the_rest(look: Look) -> None:
    findings = tuple(sorted((*many(2000, "warning"), *many(30), *many(9, "info")), key=lambda one: one.order))
    text = FORMATS["markdown"].write(replace(SAMPLE, findings=findings), look)
    assert len(text.encode()) <= 65_536
    assert text.count("`error[CHG-07]`") == 30
    shown_warnings = text.count("`warning[CHG-07]`")
    left = 2000 + 9 - shown_warnings
    said = f"{left} more findings ({2000 - shown_warnings} warnings, 9 infos) left out for want of room"
    assert 20 < shown_warnings < 300
    assert said in text
    assert "30 errors, 2000 warnings, 9 infos in 2039 files" in text


def test_one_finding_too_long_keeps_no_other_out() -> None:
    huge = replace(FINDINGS[0], message="|" * 600, hint="|" * 600, related=(Related(Place("|" * 300), "|" * 600),) * 3)
    text = FORMATS["markdown"].write(replace(SAMPLE, findings=(huge,) * 6 + many(3)), Look())
    assert len(text.encode()) <= 65_536
    assert text.count("`error[CHG-07]`") == 3
    assert "more finding" in text


def test_waived_findings_stay_in_sight_with_waiver_and_reason() -> None:
    found = of(CLEAN)
    assert "1 waived finding" in found.text
    assert found.rows == [
        ["Finding", "Waived by"],
        [
            "records/services/loans.yaml:4:9: SLM-02 Service/loans has no agreement",
            "Waiver/loans-without-agreement until 2026-12-31: The agreement is being negotiated: 50 % is agreed.",
        ],
    ]


def test_rules_that_did_not_run_are_told_by_reason() -> None:
    not_run = (NotRun("A-1", "it needs --since"), NotRun("B-1", "no calendar"), NotRun("A-2", "it needs --since"))
    text = of(replace(CLEAN, seen=replace(SEEN, rules_not_run=not_run))).text
    assert "\n3 rules did not run\n" in text
    assert "\nA-1, A-2: it needs --since\n" in text
    assert "\nB-1: no calendar\n" in text


def test_what_was_looked_at() -> None:
    seen = replace(SEEN, since="commit 1a2b3c4 (main)", hidden=2, ignored=("records/draft.yaml",))
    lines = of(replace(CLEAN, seen=seen, fail_on="warning")).text.splitlines()
    assert [line for line in lines[lines.index("What was looked at") :] if line] == [
        "What was looked at",
        "Read: work tree as of 2026-11-22T10:00:00Z",
        "Compared with: commit 1a2b3c4 (main)",
        "Files: 139, 1 of them unreadable",
        "Ignored by git, so not read: records/draft.yaml",
        (
            "Records: 12 ChangeRequest, 104 ConfigurationItem, 9 Person, 5 Role, 4 Service, "
            "3 ServiceLevelAgreement, 1 Waiver"
        ),
        "Rules: 5 ran, 1 did not",
        "Findings not listed: 3 old, 2 hidden",
        "Fails on: warning and worse",
        "itsmctl 0.1.0; itsmctl explain RULE says more about a rule",
    ]


def test_edited_rules_are_told_at_once() -> None:
    edits = tuple(f"policies/{number:02}.yaml" for number in range(12))
    text = of(replace(CLEAN, seen=replace(SEEN, since="commit 1a2b3c4 (main)", law_edits=edits))).text
    said = next(line for line in text.splitlines() if "Judged by" in line)
    assert said.startswith(
        "⚠️ Judged by rules that are edited since commit 1a2b3c4 (main): policies/00.yaml, policies/01"
    )
    assert said.endswith("policies/09.yaml, 2 more")
    assert text.index("Judged by") < text.index("1 waived finding")


def test_statistics_on_request() -> None:
    found = of(replace(SAMPLE, findings=FINDINGS[4:]), Look(statistics=True))
    assert ["1", "1", "SLM-02 A service of tier 1 or 2 has an agreement"] in found.rows
    assert "Findings of 1 rule" not in of(SAMPLE).text


def test_quiet_is_the_verdict_and_the_findings() -> None:
    quiet = FORMATS["markdown"].write(SAMPLE, Look(quiet=True))
    assert "<details>" not in quiet
    assert "looked at" not in quiet.lower()
    assert quiet.count("| 🔴") == 3


def test_another_summary_takes_the_place_of_the_usual_one() -> None:
    report = replace(CLEAN, title="policy test", findings=(), summary="2 policies, 9 examples, all as expected")
    text = of(replace(report, seen=replace(SEEN, rules_not_run=()))).text
    assert text.strip() == "✅ itsmctl policy test passed: 2 policies, 9 examples, all as expected"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain words, 50 % of them (really): yes!", "plain words, 50 % of them (really): yes!"),
        ("add it with `itsmctl new Service x|y`.", "add it with <code>itsmctl new Service x&#124;y</code>."),
        ("ask @town/ops-team, now", "ask `@town/ops-team`, now"),
        ("ask '@mari' (@jaan)", "ask '`@mari`' (`@jaan`)"),
        ("see #12 and GH-12, !4, ~bug, $5, %1, &2", "see `#12` and `GH-12`, `!4`, `~bug`, `$5`, `%1`, `&2`"),
        ("at http://evil.example/x or www.evil.example", "at `http://evil.example/x` or `www.evil.example`"),
        ("[click](http://evil.example)", "`[click](http://evil.example`)"),
        ("![x](y) <img src=x> &amp; R & D", "`![x](y`) `<img` `src=x>` `&amp`; R &amp; D"),
        ("**bold** _it_ vm_infra_1 a*b*", "`**bold**` `_it_` `vm_infra_1` `a*b*`"),
        ("a|b", "<code>a&#124;b</code>"),
        ("odd ` tick `` ticks", "odd `` ` `` tick ``` `` ``` ticks"),
        ("line \\n break", "line `\\n` break"),
        (":tada: at 10:30:40, std::x", "`:tada`: at 10:30:40, std::x"),
        ("$`x`$", "``$`x`$``"),
    ],
)
def test_text_shows_as_it_is(text: str, written: str) -> None:
    assert markup.prose(text) == written
    assert shown(f"- {written}").text.replace("`", "").split() == text.replace("`", "").split()


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab1 .,:;!?()[]<>{}&|~$#@^%*_`\\/'\"-+=wh:"), max_size=30))
def test_no_text_is_markup_in_a_cell(text: str) -> None:
    text = " ".join(text.split())
    found = shown(f"| a |\n| - |\n| x {markup.prose(text)} |\n\nx {markup.prose(text)}\n")
    assert found.tags <= {"table", "thead", "tbody", "tr", "th", "td", "p", "code", "wbr"}
    assert not [one for one in found.prose if LIVE.search(one)]
    assert [len(row) for row in found.rows] == [1, 1]
    bare = text.replace("`", "").replace(" ", "")
    assert found.rows[1][0].replace("`", "").replace(" ", "") == f"x{bare}"


@pytest.mark.parametrize("text", ["`", "a``b", " a ", "a`", "x|`", "", "\\"])
def test_code_shows_as_it_is(text: str) -> None:
    found = shown(f"| a |\n| - |\n| x {markup.code(text)} |\n")
    assert found.rows[1][0].strip() == f"x {text}".strip()
