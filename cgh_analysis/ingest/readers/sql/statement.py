"""What a query is, as far as its text tells: one statement that reads, and whether it says the order of its rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# comments, and what stands in quotes; a doubled quote inside is two such texts side by side
APART: Final = re.compile(
    r"(?P<comment>--[^\n]*|/\*.*?\*/)|(?<![\w$])[eE]'(?:[^'\\]|\\.)*'|'[^']*'|\"[^\"]*\"|`[^`]*`"
    r"|(?<![\w$])\$(?P<tag>\w*)\$.*?\$(?P=tag)\$",
    re.DOTALL,
)
READS: Final = re.compile(r"(select|with)\b", re.IGNORECASE)
WRITES: Final = re.compile(r"\b(insert|update|delete|merge|into)\b", re.IGNORECASE)
NESTED_OR_ORDER: Final = re.compile(r"[()]|\border\s+by\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A query without the semicolon at its end, and what is the matter with it (nothing, as a rule)."""

    text: str
    ordered: bool = False
    writes: bool = False
    fault: str = ""


def read_statement(query: str) -> Statement:
    """Read a query's text: its keywords, apart from comments and from what stands in quotes.

    >>> read_statement("select 1; -- the first").fault, read_statement("drop table visits").fault
    ('', 'begins with neither SELECT nor WITH')
    >>> read_statement("select rank() over (order by day) from visits").ordered
    False
    """
    bare = APART.sub(_blank, query)
    text = query[: len(bare.rstrip("; \t\r\n"))]
    bare = bare[: len(text)]
    return Statement(text=text, ordered=_ordered(bare), writes=bool(WRITES.search(bare)), fault=_fault(query, bare))


def _blank(part: re.Match[str]) -> str:
    """As many characters as there were, so that places stay what they are."""
    return (" " if part["comment"] else "0") * len(part[0])


def _fault(query: str, bare: str) -> str:
    if any("/*" in part["comment"][2:] for part in APART.finditer(query) if part["comment"]):
        return "has a comment inside a comment"
    if any(mark in bare for mark in ("'", '"', "`", "/*", "*/")):
        return "has a quote or a comment that is not closed"
    if ";" in bare:
        return "is more than one statement"
    return "" if READS.match(bare.lstrip()) else "begins with neither SELECT nor WITH"


def _ordered(bare: str) -> bool:
    """Whether ORDER BY stands outside of all brackets: inside it orders a part, and not the answer."""
    depth = 0
    for part in NESTED_OR_ORDER.findall(bare):
        depth += {"(": 1, ")": -1}.get(part, 0)
        if depth == 0 and part not in "()":
            return True
    return False
