"""Values, keys and comments as TOML has them."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable
from typing import Final

BARE: Final = re.compile(r"^[A-Za-z0-9_-]+$")
WIDEST: Final = 112
TODO: Final = "TODO"
# what JSON leaves as it is, and TOML does not take
UNTAKEN: Final = re.compile("[\x7f\ud800-\udfff]")


def text(value: str) -> str:
    """Return a text as TOML writes it.

    >>> text('Neck "pain"')
    '"Neck \\\\"pain\\\\""'
    """
    written = json.dumps(value, ensure_ascii=False)
    return UNTAKEN.sub(lambda sign: "\\u007f" if sign.group() == "\x7f" else "\ufffd", written)


def key(name: str) -> str:
    """Return a name as a key: bare where it may be, else in quotes."""
    return name if BARE.match(name) else text(name)


def inline(pairs: dict[str, str]) -> str:
    """Return an inline table of values that are written already."""
    return "{ " + ", ".join(f"{key(name)} = {value}" for name, value in pairs.items()) + " }"


def texts(pairs: dict[str, str]) -> str:
    """Return an inline table of texts, its keys in quotes: they are texts of a file."""
    return "{ " + ", ".join(f"{text(name)} = {text(value)}" for name, value in pairs.items()) + " }"


def array(values: Iterable[str]) -> str:
    """Return a list of texts, on one line."""
    return "[" + ", ".join(map(text, values)) + "]"


def items(values: Iterable[str]) -> list[str]:
    """Return texts as the lines of a list, several on a line."""
    lines, line = [], " "
    for value in values:
        item = f" {text(value)},"
        if len(line) + len(item) > WIDEST and line.strip():
            lines.append(line)
            line = " "
        line += item
    return [*lines, line]


def listed(name: str, values: list[str]) -> list[str]:
    """Return 'name = [...]', over several lines where one is too long."""
    short = f"{key(name)} = {array(values)}"
    return [short] if len(short) <= WIDEST else [f"{key(name)} = [", *items(values), "]"]


def one_line(words: str) -> str:
    """Return words as a comment can have them: on one line, without what TOML does not take in one."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", " ", words).split())


def said(words: str) -> list[str]:
    """Return a comment, broken into lines that are not too long; those that go on with a TODO are set in.

    >>> said("Short.")
    ['# Short.']
    """
    more = "#   " if words.startswith(TODO) else "# "
    body = textwrap.wrap(one_line(words), WIDEST, break_long_words=False, break_on_hyphens=False)
    return [f"{'# ' if i == 0 else more}{part}" for i, part in enumerate(body)]


def line(name: str, value: str, comment: str = "") -> str:
    """Return 'name = value', with a comment behind it where there is one."""
    written = f"{key(name)} = {value}"
    return f"{written}  # {one_line(comment)}" if comment else written
