"""Texts that people and programs write in more than one way: 'p007', 'P7 ' and 'P7.0' may well be one patient."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cgh_analysis.ingest.identifiers.texts import content

PADDING: Final = re.compile(r"(?<![0-9])0+(?=[0-9])")
# space, and a dot at the end with its noughts
SPARE: Final = r"\s|[.,]0*$"
SPARE_SIGNS: Final = np.frombuffer(b" \t\n\f\r.,", dtype=np.uint8)
# signs that cannot be seen, space of any kind, controls
UNSEEN: Final = ("Cf", "Zs", "Cc")


def same_spelling(texts: np.ndarray) -> np.ndarray:
    """Return ids without case, leading zeros, a dot at the end, space, and signs that cannot be seen.

    >>> same_spelling(np.array(["P007", "p7.0", "P 7\\u200b"])).tolist()
    ['p7', 'p7', 'p7']
    """
    return np.asarray(_keys(pa.array(texts, type=pa.string())).to_numpy(zero_copy_only=False), dtype=object)


def spelt_alike(texts: pa.Array) -> np.ndarray:
    """Say which of distinct texts a person would take for another of them.

    >>> spelt_alike(pa.array(["North", "north", "south", ""])).tolist()
    [True, True, False, False]
    """
    filled = pc.not_equal(texts, "").to_numpy(zero_copy_only=False)
    keys = _keys(texts).dictionary_encode()
    codes = keys.indices.to_numpy(zero_copy_only=False)
    alike: np.ndarray = (np.bincount(codes[filled], minlength=len(keys.dictionary)) > 1)[codes] & filled
    return alike


def meet_without_zeros(ids: pa.Array, known: pa.Array) -> np.ndarray:
    """Say which ids are known but for zeros that start a run of digits: 'P007' and 'P7' are the same."""
    # ids that meet so meet without any zeros too, and those are quickly told from the many that do not
    without = [pc.replace_substring(texts, "0", "") for texts in (ids, known)]
    likely = known.filter(pc.is_in(without[1], value_set=without[0]))
    bare = {PADDING.sub("", text) for text in likely.to_pylist()}
    return np.array([PADDING.sub("", text) in bare for text in ids.to_pylist()], dtype=bool)


def meet_spelt_alike(ids: pa.Array, known: pa.Array) -> np.ndarray:
    """Say which ids are known in another spelling."""
    met = pc.is_in(_keys(ids), value_set=_keys(known))
    return np.asarray(met.to_numpy(zero_copy_only=False), dtype=bool)


def _keys(texts: pa.Array) -> pa.Array:
    odd = np.flatnonzero(~pc.string_is_ascii(texts).to_numpy(zero_copy_only=False))
    if len(odd):
        plain = texts.to_numpy(zero_copy_only=False).copy()
        plain[odd] = [_seen(text) for text in plain[odd]]
        texts = pa.array(plain, type=pa.string())
    keys = pc.ascii_lower(texts)
    # most ids have none of these signs, and need not be looked at one by one
    if np.isin(content(keys), SPARE_SIGNS).any():
        keys = pc.replace_substring_regex(keys, SPARE, "")
    return _without_padding(keys)


def _without_padding(keys: pa.Array) -> pa.Array:
    """Texts without what PADDING matches, byte by byte: RE2 does not look behind, and is slow without that."""
    _, bounds, content = keys.buffers()
    ends = np.frombuffer(bounds, dtype=np.int32)[: len(keys) + 1]
    data = np.frombuffer(content or b"", dtype=np.uint8)[: ends[-1]]
    zero = np.flatnonzero(data == ord("0"))
    if not len(zero):
        return keys
    first = np.zeros(len(data) + 1, dtype=bool)
    first[ends] = True
    # what lies below 0 wraps round; none comes after the last byte, nor before the first
    digit = np.append(data - np.uint8(ord("0")) < 10, False)
    # noughts in a row go together: all of them if the first opens a run of digits, but for one that ends it
    head = first[zero] | np.append(True, np.diff(zero) > 1)
    opens = (first[zero] | ~digit[zero - 1])[head].take(np.cumsum(head) - 1)
    padding = np.zeros(len(data), dtype=bool)
    padding[zero[opens & digit[zero + 1] & ~first[zero + 1]]] = True
    shorter = ends - np.append(np.int32(0), np.cumsum(padding, dtype=np.int32))[ends]
    bounds = pa.py_buffer(shorter)
    return pa.Array.from_buffers(pa.string(), len(keys), [None, bounds, pa.py_buffer(data[~padding])])


def _seen(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in normal if unicodedata.category(sign) not in UNSEEN)
