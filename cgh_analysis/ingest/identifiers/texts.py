"""Distinct texts of a column, as Arrow holds them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Hits = dict[str, np.ndarray]


def arrow(texts: np.ndarray | pa.Array) -> pa.Array:
    """Return texts as an Arrow array."""
    return texts if isinstance(texts, pa.Array) else pa.array(texts, type=pa.string())


def match(texts: np.ndarray | pa.Array, pattern: str) -> np.ndarray:
    """Say which texts match a pattern (RE2 syntax)."""
    matched = pc.match_substring_regex(arrow(texts), pattern)
    return np.asarray(matched.to_numpy(zero_copy_only=False), dtype=bool)


def filled(texts: pa.Array) -> int:
    """Count the texts that are not blank."""
    return len(texts) - int(pc.sum(pc.equal(texts, "")).as_py() or 0)
