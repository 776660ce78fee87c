"""Distinct texts of a column, as Arrow holds them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Hits = dict[str, np.ndarray]


def arrow(texts: np.ndarray | pa.Array) -> pa.Array:
    """Return texts as an Arrow array."""
    return texts if isinstance(texts, pa.Array) else pa.array(texts, type=pa.string())


def content(texts: pa.Array) -> np.ndarray:
    """Return the bytes of all texts, one after the other."""
    _, bounds, data = texts.buffers()
    if data is None or not len(texts):
        return np.empty(0, dtype=np.uint8)
    ends = np.frombuffer(bounds, dtype=np.int32)
    return np.frombuffer(data, dtype=np.uint8)[ends[texts.offset] : ends[texts.offset + len(texts)]]


def match(texts: np.ndarray | pa.Array, pattern: str) -> np.ndarray:
    """Say which texts match a pattern (RE2 syntax)."""
    matched = pc.match_substring_regex(arrow(texts), pattern)
    return np.asarray(matched.to_numpy(zero_copy_only=False), dtype=bool)


def filled(texts: pa.Array) -> int:
    """Count the texts that are not blank."""
    return len(texts) - int(pc.sum(pc.equal(texts, "")).as_py() or 0)
