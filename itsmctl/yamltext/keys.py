"""What a key may be: one plain text, or why not."""

from __future__ import annotations

from itsmctl.yamltext.scalars import NotRepresentable, resolve


def unfit_key(name: str, style: str | None) -> tuple[str, str, str] | None:
    """Rule, message and hint for a key that is not one plain text."""
    if not style and name == "<<":
        message = "`<<` merges another mapping into this one; YAML 1.2 has no merge keys"
        return "yaml-merge-key", message, "Write the keys out where they belong."
    if not style and (what := _not_text(name)):
        hint = f'Write the key as text: "{shortened(name)}".' if name else "Write a key before the `:`."
        return "yaml-key", what, hint
    if "\n" in name or "\t" in name:
        message = "the key holds a line break or a tab; a key is one plain text on one line"
        return "yaml-key", message, "Write the key on one line, with spaces."
    return None


def _not_text(name: str) -> str:
    """What is wrong with an unquoted key that is no text; empty if it is one."""
    try:
        value = resolve(name)
    except NotRepresentable:
        value = 0
    if isinstance(value, str):
        return ""
    if not name:
        return "a key is missing here"
    what = "null" if value is None else "true or false" if isinstance(value, bool) else "a number"
    return f"the key `{shortened(name)}` is {what}, not a text"


def shortened(text: str) -> str:
    """Record text inside a message: one line, not longer than a line of a terminal."""
    return text if len(text) <= 60 and "\n" not in text else f"{text[:60].partition(chr(10))[0]}…"
