"""The generated part of docs/cel.md: how many tests of google/cel-spec pass, and which are left out and why.

    python tests/celpage.py

writes it between its two marks; the rest of the page is written by hand.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "cel.md"
_MARKS = re.compile(r"(<!-- left out: written by tests/celpage\.py -->\n).*(<!-- end -->\n)", re.DOTALL)


def rendered(text: str) -> str:
    """The page with its generated part as the data has it. Raises ValueError where the marks are not found."""
    made, found = _MARKS.subn(lambda match: match[1] + _part() + match[2], text)
    if found != 1:
        raise ValueError(f"{PAGE}: the marks of the generated part are not there once")
    return made


def _part() -> str:
    import celspec

    source = celspec.document()["source"]
    every = Counter(test["id"].split("/")[0] for test in celspec.tests())
    left_out = Counter(name.split("/")[0] for group in celspec.left_out() for name in group.tests)
    total, missing = every.total(), left_out.total()
    where = f"`{source['repository']}` at `{source['commit'][:12]}` ({source['path']}, {source['licence']})"
    lines = [
        f"The data is that of {where}: {total:,} tests, of which {total - missing:,} pass and {missing} are left out.",
        "",
        "| file | pass | left out |",
        "|---|--:|--:|",
        *(f"| {name} | {count - left_out[name]} | {left_out[name] or ''} |" for name, count in every.items()),
        "",
    ]
    for group in celspec.left_out():
        count = f"{len(group.tests)} tests" if len(group.tests) > 1 else "1 test"
        lines += [f"**{count}.** {group.reason}", ""]
        sections: dict[str, list[str]] = {}
        for name in group.tests:
            section, _, test = name.rpartition("/")
            sections.setdefault(section, []).append(test)
        lines += [f"- `{section}`: {', '.join(f'`{test}`' for test in tests)}" for section, tests in sections.items()]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
