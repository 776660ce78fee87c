"""Files of a clinic made fit to be passed on: pseudonyms for ids, days for dates, nothing that names anybody."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cgh_analysis.errors import DataError
from cgh_analysis.ingest.identifiers import shown_file
from cgh_analysis.privacy.decide import Decision, decide
from cgh_analysis.privacy.key import new_key, read_key, save_key
from cgh_analysis.privacy.pseudonyms import pseudonyms, refuse_collisions
from cgh_analysis.privacy.publish import check_places, file_names, publish
from cgh_analysis.privacy.rewrite import Rewritten, rewrite
from cgh_analysis.privacy.sources import Opened, open_sources
from cgh_analysis.privacy.timeline import day_zero, read_dates
from cgh_analysis.privacy.told import Anonymised, as_json, report_of
from cgh_analysis.study import DateOrder, Study

REPORT: Final = "anonymised.json"
MARK: Final = b"which key is this"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What somebody says about the files: where ids are, how dates are written, what goes and what stays."""

    id_column: str | None = None
    baseline: str | None = None
    dates: DateOrder | None = None
    keep_text: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    sheet: str | None = None
    dictionary: Path | None = None
    study: Study | None = None


def anonymise(sources: Sequence[Path], out: Path, key_file: Path, options: Options) -> Anonymised:
    """Write the sources to a new folder, as CSV without anything that identifies; return what was done.

    The same sources, key and options give the same bytes. Raises DataError or ArgumentError, and then writes nothing
    (but a new key, if it came so far).
    """
    study = options.study
    paths = list(sources) or ([study.source_path(s) for s in study.sources.each() if not s.query] if study else [])
    paths = list(dict.fromkeys(path.resolve() for path in paths))
    check_places(out, key_file, paths)
    stored = read_key(key_file)
    key = stored or new_key()
    opened = open_sources(paths, study, id_column=options.id_column, sheet=options.sheet, dictionary=options.dictionary)
    _refuse_unknown(opened, options)
    plans = [(o, decide(o, keep_text=options.keep_text, drop=options.drop)) for o in opened]
    ready = _rewritten(plans, options, key)
    names = file_names(_stem(r) for r in ready)
    done = Anonymised(
        files=tuple(report_of(r, name) for r, name in zip(ready, names, strict=True)),
        day_zero=f"the first date in {options.baseline}"
        if options.baseline
        else "each patient's first date in these files",
        key_made=stored is None,
        key_mark=hmac.new(key, MARK, hashlib.sha256).hexdigest()[:8],
    )
    _refuse_lost(done)
    if stored is None:
        save_key(key_file, key)
    publish(out, lambda folder: _write(folder, ready, names, done))
    return done


def _rewritten(plans: list[tuple[Opened, list[Decision]]], options: Options, key: bytes) -> list[Rewritten]:
    """Rewrite all files together: days count from a day 0 that may stand in another file."""
    ids = [o.id_cells for o, _ in plans]
    names = [pseudonyms(cells.texts, key) for cells in ids]
    refuse_collisions([(cells.texts, given) for cells, given in zip(ids, names, strict=True)])
    people = [cells.spread(given) for cells, given in zip(ids, names, strict=True)]
    dates = [read_dates(o, decisions, options.dates) for o, decisions in plans]
    parts = [(p, d, decisions) for p, d, (_, decisions) in zip(people, dates, plans, strict=True)]
    zero = day_zero(parts, options.baseline)
    return [
        rewrite(o, p, decisions, d, zero.drop(index="", errors="ignore"))
        for (o, decisions), p, d in zip(plans, people, dates, strict=True)
    ]


def _refuse_unknown(opened: list[Opened], options: Options) -> None:
    """Refuse options that name columns which no file has: a slip would keep or lose a column without a word."""
    known = {name for o in opened for name in o.sheet.columns}
    named = {"--keep-text": options.keep_text, "--drop": options.drop, "--baseline": filter(None, [options.baseline])}
    for option, columns in named.items():
        if any(column not in known for column in columns):
            raise DataError(f"{option} names a column that no file has.", remedy="Write it as the file does.")


def _refuse_lost(done: Anonymised) -> None:
    for f in done.files:
        refused = sum(map(len, f.refused.values()))
        if f.read != f.written + refused:
            counts = f"{f.read} read, {f.written} written, {refused} refused"
            raise DataError(f"Records of {f.source} are not all accounted for: {counts}.", remedy="Report this.")
        if not f.written:
            raise DataError(f"No record of {f.source} has an id.", remedy="Say which column has it with --id.")


def _stem(rewritten: Rewritten) -> str:
    """What a file is called: as its source, unless that names somebody."""
    name = Path(rewritten.opened.source.path).name
    return name.partition(".")[0] if shown_file(name) == name and name.partition(".")[0] else "records"


def _write(folder: Path, ready: list[Rewritten], names: list[str], done: Anonymised) -> None:
    for r, name in zip(ready, names, strict=True):
        r.frame.to_csv(folder / name, index=False, lineterminator="\n", encoding="utf-8")
    text = json.dumps(as_json(done), indent=2, ensure_ascii=False)
    (folder / REPORT).write_text(f"{text}\n", encoding="utf-8", newline="\n")
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
