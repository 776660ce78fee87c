"""A column as the file has it: each distinct text once, and which of them every record holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

SPACE: Final = 32
ASCII: Final = 127


@dataclass(frozen=True, slots=True)
class Cells:
    """Text cells; `texts` (distinct, stripped) and `codes` (one a record) spare us work on a million rows.

    `packed` are the texts as Arrow has them, where they came from there.
    """

    texts: np.ndarray
    codes: np.ndarray
    packed: pa.Array | None = field(default=None, repr=False)

    @classmethod
    def of(cls, values: Iterable[str]) -> Cells:
        """Make a column of texts, one a record, stripped of the space around them."""
        codes, texts = pd.factorize(np.array([v.strip() for v in values], dtype=object))
        return cls(np.asarray(texts, dtype=object), codes)

    @classmethod
    def coded(cls, texts: Iterable[str], codes: np.ndarray) -> Cells:
        """Make a column of texts that need not be distinct yet, and codes into them."""
        given = list(texts)
        distinct = cls.of(given)
        same = len(distinct.texts) == len(given)
        return cls(distinct.texts, codes if same else distinct.codes[codes])

    @classmethod
    def unpacked(cls, packed: pa.Array, codes: np.ndarray) -> Cells:
        """Make a column of distinct texts that Arrow has, and codes into them."""
        texts = packed.to_numpy(zero_copy_only=False)
        padded = [(i, text.strip()) for i, text in zip(*_maybe_padded(packed, texts), strict=True)]
        if all(texts[i] == text for i, text in padded):
            return cls(texts, codes, packed)
        stripped = texts.copy()
        for i, text in padded:
            stripped[i] = text
        return cls.coded(stripped, codes)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def arrow(self) -> pa.Array:
        """The distinct texts, as Arrow has them."""
        return pa.array(self.texts, type=pa.string()) if self.packed is None else self.packed

    def spread(self, by_text: np.ndarray) -> np.ndarray:
        """Return a record-wise array of an array that has one entry a text."""
        # take is twice as fast as brackets
        return by_text.take(self.codes) if len(self.texts) else by_text[:0]

    def where(self, marked: np.ndarray) -> np.ndarray:
        """Return the places of the records that have one of the marked texts: most often there are none."""
        return np.flatnonzero(self.spread(marked)) if marked.any() else np.empty(0, dtype=np.int64)

    def keep(self, mask: np.ndarray) -> Cells:
        """Return the records that a mask keeps."""
        return replace(self, codes=self.codes[mask])

    @property
    def blank(self) -> np.ndarray:
        """Which records have nothing in them."""
        return self.spread(self.texts == "")

    @property
    def held(self) -> np.ndarray:
        """Which of the texts some record has."""
        counts: np.ndarray = np.bincount(self.codes, minlength=len(self.texts))
        return counts > 0

    def holds(self, wanted: Iterable[str]) -> np.ndarray:
        """Say which records have one of some texts; numbers meet by value ('1' meets '1.0')."""
        keys = {_key(text) for text in wanted}
        return self.spread(np.array([_key(t) in keys for t in self.texts], dtype=bool))

    def compact(self) -> Cells:
        """Return the same records without the texts that none of them has."""
        held = self.held
        return self if held.all() else Cells(self.texts[held], (np.cumsum(held) - 1)[self.codes])

    def recode(self, meanings: Mapping[str, str]) -> Cells:
        """Replace texts by their meanings, numbers by their value ('1' meets '1.0'); what has none stays."""
        if not meanings:
            return self
        keyed = {_key(code): meaning for code, meaning in meanings.items()}
        return Cells.coded([meanings.get(t, keyed.get(_key(t), t)) for t in self.texts], self.codes)

    @property
    def values(self) -> np.ndarray:
        """The texts, one a record."""
        return self.spread(self.texts)


def join_cells(parts: list[Cells]) -> Cells:
    """Join columns by '-', an id made of site and number; blank where a part is blank."""
    whole = parts[0]
    for part in parts[1:]:
        key = whole.codes.astype(np.int64) * max(len(part.texts), 1) + part.codes
        pairs, codes = np.unique(key, return_inverse=True)
        left, right = np.divmod(pairs, max(len(part.texts), 1))
        joined = [f"{a}-{b}" if a and b else "" for a, b in zip(whole.texts[left], part.texts[right], strict=True)]
        whole = Cells.coded(joined, codes)
    return whole


def _maybe_padded(packed: pa.Array, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places and texts of those that may begin or end with space, by their first and last bytes."""
    _, bounds, content = packed.buffers()
    ends = np.frombuffer(bounds, dtype=np.int32)[packed.offset : packed.offset + len(packed) + 1]
    data = np.frombuffer(content or b"", dtype=np.uint8)
    filled = np.flatnonzero(ends[1:] > ends[:-1])
    outer = np.stack([data[ends[:-1][filled]], data[ends[1:][filled] - 1]])
    # space of other alphabets is of two bytes and more, all of them above ASCII
    places = filled[((outer <= SPACE) | (outer > ASCII)).any(axis=0)]
    return places, texts[places]


def _key(text: str) -> str | float:
    """A text as a key: its value where it is a number."""
    try:
        return float(text)
    except ValueError:
        return text
