"""Where the result goes: to a new folder, whole or not at all, never beside the sources or the key."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from cgh_analysis.errors import ArgumentError, DataError
from cgh_analysis.ingest.exposed import exposed
from cgh_analysis.ingest.findings import all_problems
from cgh_analysis.ingest.readers.text.text import read_csv
from cgh_analysis.privacy.decide import ID
from cgh_analysis.study import Source


def check_places(out: Path, key: Path, sources: Iterable[Path]) -> None:
    """Refuse a folder that is not empty, that holds the sources or the key, or is theirs."""
    folder = out.resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ArgumentError(f"{out.name} is there already.", remedy="Name a folder that is new, or empty.")
    if key.resolve().is_relative_to(folder):
        raise ArgumentError("The key would lie among the files.", remedy="Keep it where the files do not go.")
    if any(source.resolve().is_relative_to(folder) for source in sources):
        raise ArgumentError("The sources lie in that folder.", remedy="Name another folder with --out.")
    if not folder.parent.is_dir():
        raise ArgumentError(f"There is no folder {folder.parent.name}.", remedy="Make it, or name another with --out.")


def publish(out: Path, fill: Callable[[Path], None]) -> None:
    """Fill a folder aside, look at what is in it as a study would, and give it its name; else nothing is left."""
    aside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.resolve().parent))
    try:
        fill(aside)
        for path in sorted(aside.glob("*.csv")):
            _refuse_exposed(path)
        aside.chmod(0o755)
        if out.exists():
            out.rmdir()
        aside.rename(out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _refuse_exposed(path: Path) -> None:
    """Hold what was written against the gate of every study."""
    source = Source(path=path.name)
    sheet = read_csv(path.read_bytes(), source)
    findings = [*sheet.findings, *exposed(sheet, source, {ID}, {}, sheet.columns)]
    problems = all_problems([f for f in findings if f.kind.severity == "error"])
    if problems:
        told = "\n".join(f"  - {p.file}, {p.column or 'header'}: {p.message}" for p in problems)
        raise DataError(
            f"What would be written still points at people:\n{told}", remedy="Drop the columns with --drop."
        )


def file_names(stems: Iterable[str]) -> list[str]:
    """Give each file a name of its own, whatever a file system makes of capitals.

    >>> file_names(["visits", "Visits", "cases"])
    ['visits.csv', 'Visits_2.csv', 'cases.csv']
    """
    names: list[str] = []
    for stem in stems:
        name, n = f"{stem}.csv", 1
        while name.casefold() in map(str.casefold, names):
            n += 1
            name = f"{stem}_{n}.csv"
        names.append(name)
    return names
