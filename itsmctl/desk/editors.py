"""Editor wiring: schemas of all kinds, of rules and settings, and what makes an editor complete and explain by them.

What stands in `.itsmctl/schemas/` belongs to this module and is written anew at any time; settings of editors do not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from itsmctl import bundled
from itsmctl.desk.rewriting import Rewrite
from itsmctl.kinds import Kinds, for_editors

FOLDER = ".itsmctl/schemas"
SETTINGS = ".vscode/settings.json"
EXTENSIONS = ".vscode/extensions.json"
_KEY = "yaml.schemas"
_BESIDE = {"policy.schema.json": "policies/**/*.yaml", "settings.schema.json": "itsm.yaml"}
"""Shipped schemas of files that are no records, and where those stand."""


def schemas(kinds: Kinds) -> dict[str, bytes]:
    """Path → content of every schema for editors."""
    files = {f"{FOLDER}/{kind.plural}.schema.json": _json(for_editors(kind)) for kind in kinds.values()}
    for shipped in bundled.files("schemas/tool", ".json"):
        name = shipped.path.rpartition("/")[2]
        if name in _BESIDE:
            files[f"{FOLDER}/{name}"] = shipped.content
    return files


def wiring(kinds: Kinds) -> dict[str, str]:
    """Schema → the files that it is for, as `yaml.schemas` of YAML language servers has it."""
    found = {f"./{FOLDER}/{kind.plural}.schema.json": f"records/{kind.plural}/**/*.yaml" for kind in kinds.values()}
    return found | {f"./{FOLDER}/{name}": files for name, files in _BESIDE.items()}


def plan(kinds: Kinds) -> dict[str, bytes]:
    """Path → content of all that a new repository gets."""
    return {
        **schemas(kinds),
        SETTINGS: _json({_KEY: wiring(kinds)}),
        EXTENSIONS: _json({"recommendations": ["redhat.vscode-yaml"]}),
    }


def renewal(held: Mapping[str, bytes], kinds: Kinds) -> tuple[dict[str, Rewrite], bool]:
    """What brings the schemas, and the wiring in the settings, up to date; and whether the settings could be read.

    `held`: path → content of what stands in FOLDER and at SETTINGS now. Schemas of kinds that are gone are removed.
    """
    wanted: dict[str, bytes | None] = {path: None for path in held if path.startswith(f"{FOLDER}/")}
    wanted.update(schemas(kinds))
    settings = rewired(held.get(SETTINGS), kinds)
    if settings is not None:
        wanted[SETTINGS] = settings
    edits = {path: Rewrite(held.get(path), after) for path, after in wanted.items() if held.get(path) != after}
    return edits, settings is not None


def rewired(settings: bytes | None, kinds: Kinds) -> bytes | None:
    """The settings of VS Code with the wiring of today in them, and all else as it was; None where they cannot be read.

    Entries for schemas of ours that are gone are taken out. Comments, which JSON has none of, make them unreadable.
    """
    if settings is None:
        return _json({_KEY: wiring(kinds)})
    try:
        held = json.loads(settings)
    except ValueError:
        return None
    if not isinstance(held, dict) or not isinstance(held.get(_KEY, {}), dict):
        return None
    theirs = {key: value for key, value in held.get(_KEY, {}).items() if not key.startswith(f"./{FOLDER}/")}
    return _json({**held, _KEY: {**theirs, **wiring(kinds)}})


def _json(data: Mapping[str, Any]) -> bytes:
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()
