"""CEL (Common Expression Language) in pure Python: checked before it runs, fast, traceable, and bounded.

    environment = Environment(
        variables={"self": ObjectType("Book", {"title": STRING, "loans": ListType(STRING)})},
        functions={"member": Function("member", ((STRING,),), MAP, "The member of that name.")},
    )
    program = environment.compile("self.loans.all(name, member(name).active)", expect=BOOL)
    program.run({"self": book}, {"member": members.get})  # True, False, or EvaluationError
    program.trace({"self": book}, {"member": members.get}).blame()  # the places that decided

Data is plain Python: None bool int float str bytes list dict, used as it is and never changed; Uint, Timestamp,
Duration, TypeValue and Optional stand for what Python lacks. Knows nothing of any domain; standard library only.
"""

from .advice import suggest
from .calls import Function, SignatureError
from .claim import Claim, unproven
from .environment import Environment, Program
from .instants import Duration, Timestamp, parse_duration, parse_timestamp, zone_named
from .library import FUNCTIONS as STANDARD_FUNCTIONS
from .lines import Line
from .operations import BUDGET
from .parser import MAX_BYTES, MAX_DEPTH, MAX_NESTING
from .problems import CompileError, EvaluationError, Problem, Source, Span
from .relations import union
from .rendering import render
from .trace import Provenance, Read, Trace
from .types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    LIST,
    MAP,
    NULL,
    NUMBER,
    STRING,
    TIMESTAMP,
    TYPE,
    UINT,
    ListType,
    MapType,
    ObjectType,
    OptionalType,
    StringType,
    Type,
    UnionType,
)
from .uses import Path
from .values import Optional, TypeValue, Uint

__all__ = [
    "BOOL",
    "BUDGET",
    "BYTES",
    "DOUBLE",
    "DURATION",
    "DYN",
    "INT",
    "LIST",
    "MAP",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_NESTING",
    "NULL",
    "NUMBER",
    "STANDARD_FUNCTIONS",
    "STRING",
    "TIMESTAMP",
    "TYPE",
    "UINT",
    "Claim",
    "CompileError",
    "Duration",
    "Environment",
    "EvaluationError",
    "Function",
    "Line",
    "ListType",
    "MapType",
    "ObjectType",
    "Optional",
    "OptionalType",
    "Path",
    "Problem",
    "Program",
    "Provenance",
    "Read",
    "SignatureError",
    "Source",
    "Span",
    "StringType",
    "Timestamp",
    "Trace",
    "Type",
    "TypeValue",
    "Uint",
    "UnionType",
    "parse_duration",
    "parse_timestamp",
    "render",
    "suggest",
    "union",
    "unproven",
    "zone_named",
]
