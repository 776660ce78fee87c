"""What a reader hands on: a file's records as text, an independent count of them, and what was found on the way."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import NO_ROWS, Finding, found
from cgh_analysis.ingest.identifiers import match

UNSEEN = "Cf"  # Unicode's category of soft hyphens, zero-width spaces, marks of byte order and direction
NEAR = 0.5  # how alike a name is that is taken for what was meant (difflib's ratio)
MOST_BYTES = 1 << 30  # more of text, or of what a workbook unpacks to, is not read
FOOTER = re.compile(
    r"^((grand |sub ?)?totals?\b|sum$|count$|mean$|generated (on|by)\b|(exported|printed|created) (on|by)\b|page \d"
    r"|end of |notes?:|source:|n\s*=)",
    re.IGNORECASE,
)
# how they begin, to look at few of many texts
MAYBE_FOOTER = r"(?i)(grand|sub|tot|sum|count|mean|gen|exp|pr|created|page|end of|note|source|n[^0-9a-z])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Records of one file as text.

    `read` is counted independently of the parser and includes rows that were refused; `rows` are the accepted records'
    rows as a person sees them; `real_dates` marks the cells that the file holds as dates. What the file, or the
    dictionary that came with it, says of its columns: `titles` (what a column is about), `labels` (what its codes mean,
    code first), `limits` (lowest and highest value, None where it does not say) and `flagged` (columns marked as
    identifiers). Where several records make one row, `members` has every record's row number and that of the first
    record of its row. `header` is the row of the names, and `decimal` the decimal sign where it was found out. A sheet
    that cannot be used has no columns.
    """

    file: str
    read: int = 0
    columns: dict[str, Cells] = field(default_factory=dict)
    rows: np.ndarray = field(default_factory=lambda: NO_ROWS)
    findings: tuple[Finding, ...] = ()
    real_dates: dict[str, np.ndarray] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    flagged: frozenset[str] = frozenset()
    limits: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    members: tuple[np.ndarray, np.ndarray] | None = None
    header: int = 1
    decimal: str | None = None


def clean_header(names: Iterable[str]) -> list[str]:
    """Return names as a person sees them: without spare space of any kind, and without signs that cannot be seen.

    >>> clean_header(["pain\u00a0 at\u00adrest "])
    ['pain atrest']
    """
    seen = ("".join(c for c in unicodedata.normalize("NFC", n) if unicodedata.category(c) != UNSEEN) for n in names)
    return [" ".join(name.split()) for name in seen]


def header_faults(names: list[str], file: str, row: int = 1) -> list[Finding]:
    """Headers that are blank, or that a person could not tell apart."""
    by_spelling: dict[str, list[str]] = {}
    for name in names:
        by_spelling.setdefault(name.casefold(), []).append(name)
    alike = [repr(n) for same in by_spelling.values() if len(same) > 1 for n in same if n]
    faults = [found("duplicate_header", file, rows=[row], names=", ".join(alike))] if alike else []
    return faults + [found("blank_header", file, rows=[row], place=i + 1) for i, n in enumerate(names) if not n]


def footers(texts: Iterable[str]) -> np.ndarray:
    """Return for each text the words that make it a footer, without what follows them; '' where it is none."""
    given = np.array(list(texts), dtype=object)
    words = np.full(len(given), "", dtype=object)
    for i in np.flatnonzero(match(given, "^" + MAYBE_FOOTER)):
        footer = FOOTER.match(given[i])
        words[i] = footer.group(0).strip() if footer else ""
    return words


def drop_footers(sheet: Sheet) -> Sheet:
    """Refuse records that start like a footer ('Total', 'Generated on ...')."""
    if not sheet.columns:
        return sheet
    first = next(iter(sheet.columns.values()))
    maybe = np.flatnonzero(match(first.arrow, "^" + MAYBE_FOOTER))
    words = np.full(len(first.texts), "", dtype=object)
    words[maybe] = footers(first.texts[maybe])
    footer = first.where(words != "")
    if not len(footer):
        return sheet
    kept = np.ones(len(first), dtype=bool)
    kept[footer] = False
    values = words[first.codes[footer]]
    return keep_records(sheet, kept, found("footer", sheet.file, rows=sheet.rows[footer], values=values))


def keep_records(sheet: Sheet, mask: np.ndarray, *findings: Finding) -> Sheet:
    """Return the records that a mask keeps, with the findings that say why the others were refused."""
    return replace(
        sheet,
        columns={name: cells.keep(mask) for name, cells in sheet.columns.items()},
        rows=sheet.rows[mask],
        findings=(*sheet.findings, *findings),
        real_dates={name: dates[mask] for name, dates in sheet.real_dates.items()},
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ': the nearest is ...' for a message, or nothing where nothing is near."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=NEAR)
    return f": the nearest is {close[0]!r}" if close else ""
