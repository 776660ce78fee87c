"""Write a simulated study as a clinic would send it: raw text files with faults, and the truth beside them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.simulate.faults import RawFile, Row, spoil
from cgh_analysis.simulate.tables import simulate_tables

TRUTH = "truth.json"


def simulate_export(patients: int, seed: int, out: Path) -> dict[str, Path]:
    """Simulate a study and write cases.csv, visits.csv, events.csv and truth.json into a folder.

    The folder is made if needed. The files hold faults as real exports do; truth.json lists them with their rows,
    beside the true effects. The same patients and seed give the same bytes. Returns the paths by 'cases', 'visits',
    'events' and 'truth'.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> sorted(simulate_export(40, 1, folder))
    ['cases', 'events', 'truth', 'visits']

    An earlier simulation in the folder is replaced. Raises ArgumentError for fewer than 40 patients, a negative seed,
    and a folder that holds files of these names that are no simulation.
    """
    simulated = simulate_tables(patients, seed)
    cases, visits, events = (
        RawFile(name=f"{name}.csv", header=list(frame.columns), rows=text_rows(frame))
        for name, frame in (("cases", simulated.cases), ("visits", simulated.visits), ("events", simulated.events))
    )
    truth = {**simulated.truth, "faults": spoil(cases, visits, seed)}
    content = {file.name: csv_text(file) for file in (cases, visits, events)}
    content[TRUTH] = json.dumps(truth, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    _refuse_others(out, list(content))
    out.mkdir(parents=True, exist_ok=True)
    for name, text in content.items():
        (out / name).write_bytes(text.encode("utf-8"))
    return {Path(name).stem: out / name for name in content}


def _refuse_others(out: Path, names: list[str]) -> None:
    """Refuse to write over somebody's data: an export of ours has the true effects beside it."""
    present = [name for name in names if (out / name).exists()]
    if present and TRUTH not in present:
        raise ArgumentError(
            f"The folder {out.name!r} holds {', '.join(present)} already, and not from a simulation.",
            remedy="Give an empty folder.",
        )


def text_rows(frame: pd.DataFrame) -> list[Row]:
    """Return the rows as text; missing is empty, and whole numbers have no decimal point."""
    return [list(row) for row in zip(*(_text(frame[name]) for name in frame.columns), strict=True)]


def csv_text(file: RawFile) -> str:
    """Return the file's text: comma, quotes where needed, line feed."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([file.header, *file.rows])
    return buffer.getvalue()


def _text(column: pd.Series) -> list[str]:
    """Write each distinct value once and spread the texts over the rows."""
    codes, values = pd.factorize(column)
    texts = [value if isinstance(value, str) else format(value, "g") for value in values]
    return [texts[code] if code >= 0 else "" for code in codes]
