"""Ids that people and programs write in more than one way: 'p007', 'P7 ' and 'P7.0' may well be one patient."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cgh_analysis.ingest.findings import Finding, found

if TYPE_CHECKING:
    from cgh_analysis.ingest.drafts.draft import Draft

PADDING: Final = re.compile(r"(?<![0-9])0+(?=[0-9])")
END: Final = r"[.,]0*$"
# signs that cannot be seen, space of any kind, controls
UNSEEN: Final = ("Cf", "Zs", "Cc")


def same_spelling(texts: np.ndarray) -> np.ndarray:
    """Return ids without case, leading zeros, a dot at the end, space, and signs that cannot be seen.

    >>> same_spelling(np.array(["P007", "p7.0", "P 7\\u200b"])).tolist()
    ['p7', 'p7', 'p7']
    """
    plain = np.array([t if t.isascii() else _seen(t) for t in texts], dtype=object)
    keys = pc.replace_substring_regex(pc.ascii_lower(pa.array(plain, type=pa.string())), r"\s|" + END, "")
    return np.asarray(_without_padding(keys).to_numpy(zero_copy_only=False), dtype=object)


def spelt_alike(texts: np.ndarray) -> np.ndarray:
    """Say which of distinct texts a person would take for another of them.

    >>> spelt_alike(np.array(["North", "north", "south", ""])).tolist()
    [True, True, False, False]
    """
    filled = texts != ""
    codes, keys = pd.factorize(same_spelling(texts))
    alike: np.ndarray = (np.bincount(codes[filled], minlength=len(keys)) > 1)[codes] & filled
    return alike


def alike_ids(cases: Draft) -> list[Finding]:
    """Find patients whose ids a person would take for one another."""
    ids = cases.cells("patient_id").compact()
    rows = cases.rows[cases.record[ids.spread(spelt_alike(ids.texts))]]
    if not len(rows):
        return []
    return [found("alike_ids", cases.source.path, column=cases.seen_as("patient_id"), rows=rows, count=len(rows))]


def meet_without_zeros(ids: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Say which ids are known but for zeros that start a run of digits: 'P007' and 'P7' are the same."""
    # ids that meet so meet without any zeros too, and those are quickly told from the many that do not
    without = {text.replace("0", "") for text in ids}
    bare = {PADDING.sub("", text) for text in known if text.replace("0", "") in without}
    return np.array([PADDING.sub("", text) in bare for text in ids], dtype=bool)


def meet_spelt_alike(ids: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Say which ids are known in another spelling."""
    met: np.ndarray = pd.Index(same_spelling(ids), dtype=object).isin(same_spelling(known))
    return met


def _without_padding(keys: pa.Array) -> pa.Array:
    """Texts without what PADDING matches, byte by byte: RE2 does not look behind, and is slow without that."""
    _, bounds, content = keys.buffers()
    ends = np.frombuffer(bounds, dtype=np.int32)[: len(keys) + 1]
    data = np.frombuffer(content or b"", dtype=np.uint8)[: ends[-1]]
    first = np.zeros(len(data) + 1, dtype=bool)
    first[ends] = True
    digit, zero = (data >= ord("0")) & (data <= ord("9")), data == ord("0")
    opens = digit & (first[:-1] | ~np.append(False, digit)[:-1])
    # digits other than 0 up to a place, and up to where its run of digits opens
    others = np.cumsum(digit & ~zero, dtype=np.int32)
    opened = np.maximum.accumulate(np.where(opens, others - ~zero, 0))
    padding = zero & (others == opened) & np.append(digit, False)[1:] & ~first[1:]
    shorter = ends - np.append(0, np.cumsum(padding))[ends]
    bounds = pa.py_buffer(shorter.astype(np.int32))
    return pa.Array.from_buffers(pa.string(), len(keys), [None, bounds, pa.py_buffer(data[~padding].tobytes())])


def _seen(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in normal if unicodedata.category(sign) not in UNSEEN)
