"""How much is read: bytes, columns, cells, and how far packed content may swell."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.sheet import MOST_BYTES

HIGHEST_RATIO: Final = 100
# a ratio says nothing of files smaller than this
SMALL: Final = 1 << 16
MOST_COLUMNS: Final = 10_000
MOST_CELLS: Final = 1 << 27
# a rectangle of so many cells is always laid out; a larger one where at least one cell in so many is filled
SMALL_AREA: Final = 1 << 22
SPARSEST: Final = 50


def most_unpacked(packed: int) -> int:
    """Return how many bytes so many packed bytes may unpack to."""
    return min(MOST_BYTES, HIGHEST_RATIO * max(packed, SMALL))


def swollen(packed: int, unpacked: int) -> str:
    """Say that packed content is too large once unpacked, or nothing.

    >>> swollen(70_000, 8_000_000), swollen(1_000, 200_000)
    ('70000 bytes unpack to 8000000', '')
    """
    return f"{packed} bytes unpack to {unpacked}" if unpacked > most_unpacked(packed) else ""


def too_many(rows: int, columns: int) -> str:
    """Say that a table is too large to be held, or nothing."""
    if columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        return f"{columns} columns and {rows} rows"
    return ""


def too_sparse(area: int, filled: int) -> bool:
    """Say whether a rectangle is too large to be laid out for the few cells in it."""
    return area > max(SMALL_AREA, SPARSEST * filled)
