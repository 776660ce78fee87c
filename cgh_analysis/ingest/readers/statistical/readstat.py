"""The library that takes SPSS, Stata and SAS files apart, and how many records it has to find in them."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.readers.limits import MOST_CELLS, most_unpacked, swollen, too_many
from cgh_analysis.ingest.readers.statistical.epochs import SAS, SPSS, STATA, Epoch
from cgh_analysis.ingest.readers.statistical.soundness import spss_sound, stata_sound
from cgh_analysis.ingest.readers.statistical.tallies import (
    spss_restated,
    spss_stated,
    transport_records,
    transport_sets,
    whole,
)
from cgh_analysis.study import Source

# what the library says of a file, in plainer words
REASONS: Final = {
    "Invalid file, or file has unsupported features": "it is no {kind} file, or is damaged",
    "Unable to read from file": "it is no {kind} file, or was cut",
    "File did not contain the expected number of rows": "it holds fewer records than it says",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One kind of file: what it is called, and how its dates count."""

    kind: str
    epoch: Epoch


SAV: Final = Layout(kind="SPSS", epoch=SPSS)
DTA: Final = Layout(kind="Stata", epoch=STATA)
SAS7BDAT: Final = Layout(kind="SAS", epoch=SAS)
XPT: Final = Layout(kind="SAS transport", epoch=SAS)


class Unfit(Exception):
    """What stops the reading of a file, as a finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.rule)
        self.finding = finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file that is fit to be read: its bytes, what it says of itself, and how many records it holds."""

    data: bytes
    source: Source
    layout: Layout
    meta: Any
    count: int

    def values(self, names: list[str]) -> tuple[dict[str, list[Any]], Any]:
        """Return some columns as the library gives them, and what it says of them."""
        return _parse(self.data, self.source, self.layout, usecols=names)


def open_statistical(data: bytes, source: Source, layout: Layout) -> Opened:
    """Count a file's records before any of them is used; raises Unfit where the file is broken or too large."""
    if (layout is SAV and not spss_sound(data)) or (layout is DTA and not stata_sound(data)):
        raise Unfit(found("unreadable", source.path, reason=f"it is no {layout.kind} file, or is damaged"))
    if not whole(data):
        raise Unfit(found("unreadable", source.path, reason="it does not end where it says that it does"))
    _, meta = _parse(data, source, layout, metadataonly=True)
    if not meta.column_names:
        raise Unfit(found("empty", source.path))
    if meta.number_rows is not None:
        _refuse_too_large(data, source, meta, meta.number_rows)
    stated, count = _counts(data, source, layout, meta)
    _refuse_too_large(data, source, meta, count)
    if stated not in (None, count):
        reason = f"it says that it holds {stated} records, and holds {count}"
        raise Unfit(found("unreadable", source.path, reason=reason))
    if layout is SAV:
        data = spss_restated(data, count)
    return Opened(data=data, source=source, layout=layout, meta=meta, count=count)


def _counts(data: bytes, source: Source, layout: Layout, meta: Any) -> tuple[int | None, int]:
    """How many records a file says that it holds, and how many it does hold."""
    if layout is SAV:
        return spss_stated(data), _to_the_end(data, source, meta)
    if layout is XPT:
        sets = transport_sets(data)
        if sets > 1:
            raise Unfit(found("several_sets", source.path, count=sets))
        count, stated = transport_records(data, _width(meta))
        return stated, count
    if meta.number_rows is None:
        raise Unfit(found("unreadable", source.path, reason="it does not say how many records it holds"))
    # the library goes by what these files state, and fails where they hold less
    return meta.number_rows, meta.number_rows


def _to_the_end(data: bytes, source: Source, meta: Any) -> int:
    """Count the cases of an SPSS file by reading one column until the data end, whatever its header says."""
    most = min(MOST_CELLS // len(meta.column_names), most_unpacked(len(data)) // max(_width(meta), 1))
    first = meta.column_names[:1]
    values, _ = _parse(spss_restated(data, -1), source, SAV, usecols=first, row_limit=most + 1)
    return len(values[first[0]])


def _width(meta: Any) -> int:
    return sum(meta.variable_storage_width.values())


def _refuse_too_large(data: bytes, source: Source, meta: Any, rows: int) -> None:
    what = too_many(rows, len(meta.column_names)) or swollen(len(data), rows * _width(meta))
    if what:
        raise Unfit(found("oversize", source.path, what=what))


def _parse(data: bytes, source: Source, layout: Layout, **options: Any) -> tuple[dict[str, list[Any]], Any]:
    """Read columns as lists; no message of an error is passed on but the library's own, which hold no cell."""
    import pyreadstat

    encoding = None if source.encoding in ("utf-8", "detect") else source.encoding
    common = {"output_format": "dict", "disable_datetime_conversion": True, "user_missing": True, "encoding": encoding}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            columns, meta = _library(layout)(io.BytesIO(data), **common, **options)
    except pyreadstat.ReadstatError as error:
        told = str(error)
        reason = REASONS.get(told, told[:1].lower() + told[1:]).format(kind=layout.kind)
    except UnicodeError:
        reason = "its text is not in the encoding that it states; say `encoding` under [sources]"
    except UserWarning:
        reason = "two of its columns have the same name"
    except Exception as error:
        # whatever else a broken file makes the library raise may quote a cell
        reason = f"it is damaged ({type(error).__name__})"
    else:
        return columns, meta
    raise Unfit(found("unreadable", source.path, reason=reason))


def _library(layout: Layout) -> Callable[..., tuple[dict[str, list[Any]], Any]]:
    import pyreadstat
    from pyreadstat._readstat_parser import parser_entry_point

    # read_xport itself drops what .A to .Z were
    transport = partial(parser_entry_point, parser_format="xport")
    readers: dict[str, Callable[..., tuple[dict[str, list[Any]], Any]]] = {
        "SPSS": pyreadstat.read_sav,
        "Stata": pyreadstat.read_dta,
        "SAS": pyreadstat.read_sas7bdat,
        "SAS transport": transport,
    }
    return readers[layout.kind]
