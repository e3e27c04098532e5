"""Plain YAML: bytes to data, places of what was written, and edits that keep the rest. The only room for YAML.

What decides a value is the YAML 1.2 core schema in `scalars`; neither the places nor the edits ever do.
"""

from __future__ import annotations

from itsmctl.yamltext.editing import edit
from itsmctl.yamltext.parsers import BEST, LIBYAML, PURE, YamlParser
from itsmctl.yamltext.places import Spots, spots
from itsmctl.yamltext.reading import read
from itsmctl.yamltext.rules import MAX_BYTES, MAX_DEPTH, MAX_REFUSALS, RULES, Refusal, Refused, Span
from itsmctl.yamltext.writing import dump

__all__ = [
    "BEST",
    "LIBYAML",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_REFUSALS",
    "PURE",
    "RULES",
    "Refusal",
    "Refused",
    "Span",
    "Spots",
    "YamlParser",
    "dump",
    "edit",
    "read",
    "spots",
]
