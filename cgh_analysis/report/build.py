"""From a study's rows to its report: released rows first, then tables and figures of them, then the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from cgh_analysis.disclosure import release
from cgh_analysis.engine import Progress
from cgh_analysis.figures import FIGURES, caption
from cgh_analysis.figures.style import DOUBLE, MM, save_all
from cgh_analysis.ingest import Tables
from cgh_analysis.report.page import FigurePart, Page, Provenance, SectionPart, TablePart, write_page
from cgh_analysis.report.quality import released_quality, write_quality
from cgh_analysis.report.sections import SECTIONS, Section, Show
from cgh_analysis.results import Result
from cgh_analysis.study import Study
from cgh_analysis.tables import TABLES
from cgh_analysis.tables.text import neutral

# digits enough for any reader, and the same on machines whose last bits differ
CSV_FORMAT = "%.10g"


def build_report(
    study: Study,
    rows: Result,
    *,
    tables: Tables,
    folder: str | Path,
    provenance: Provenance | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write report.html, results, figures and tables of a study into a folder, and return the page's path.

    `rows` are those of `run_plan`; disclosure control is applied here, so that no row leaves without it. The folder is
    made where it does not exist. The same arguments give the same bytes. Raises OSError where it cannot be written.

    >>> import tempfile
    >>> from cgh_analysis import read_study, read_tables, results
    >>> study = read_study("reports/demo/study.toml")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     build_report(study, results.rows([]), tables=read_tables(study), folder=folder).name
    'report.html'
    """
    out = Path(folder)
    released = release(rows, study.disclosure)
    _write_results(released, out)
    _write_csv(tables.ledger, out / "quarantine.csv")
    quality = released_quality(tables, study)
    write_quality(quality, out)
    steps = [show for section in SECTIONS for show in (*section.figures, *section.tables)]
    done: list[str] = []

    def tell(show: Show) -> None:
        done.append(show.file)
        if progress is not None:
            progress(len(done), len(steps), show.file)

    parts = [_section(section, released, study, out, tell) for section in SECTIONS]
    page = Page(
        study=study,
        released=released,
        quality=quality,
        sections=[part for part in parts if part is not None],
        provenance=provenance,
    )
    return write_page(page, out / "report.html")


def _write_results(released: Result, out: Path) -> None:
    for part in (out, out / "figures", out / "tables"):
        part.mkdir(parents=True, exist_ok=True)
    released.frame.to_parquet(out / "results.parquet", index=False)
    _write_csv(released.frame, out / "results.csv")


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write text that no spreadsheet runs: a cell that begins like a formula is neutralised."""
    texts = frame.select_dtypes(exclude="number").columns
    safe = frame.assign(**{str(name): frame[name].map(neutral, na_action="ignore") for name in texts})
    safe.to_csv(path, index=False, float_format=CSV_FORMAT, lineterminator="\n", encoding="utf-8")


def _section(
    section: Section, released: Result, study: Study, out: Path, tell: Callable[[Show], None]
) -> SectionPart | None:
    figures = [_figure(show, released, study, out, tell) for show in section.figures]
    tables = [_table(show, released, study, out, tell) for show in section.tables]
    shown_figures, shown_tables = [f for f in figures if f], [t for t in tables if t]
    if not shown_figures and not shown_tables:
        return None
    return SectionPart(
        section=section,
        figures=shown_figures,
        tables=shown_tables,
        intro=section.introduction(study),
        warnings=section.warnings(released),
    )


def _figure(show: Show, released: Result, study: Study, out: Path, tell: Callable[[Show], None]) -> FigurePart | None:
    rows = show.rows(released, study)
    tell(show)
    if not len(rows):
        return None
    figure = FIGURES[show.name](rows, study)
    svg = save_all(figure, out / "figures", show.file)["svg"]
    width = figure.get_size_inches()[0] / (DOUBLE * MM)
    return FigurePart(file=show.file, svg=svg.read_bytes(), caption=caption(show.name, rows, study), width=width)


def _table(show: Show, released: Result, study: Study, out: Path, tell: Callable[[Show], None]) -> TablePart | None:
    rows = show.rows(released, study)
    tell(show)
    if not len(rows):
        return None
    table = TABLES[show.name](rows, study)
    folder = out / "tables"
    (folder / f"{show.file}.csv").write_text(table.to_csv(), encoding="utf-8")
    (folder / f"{show.file}.html").write_text(table.to_html() + "\n", encoding="utf-8")
    return TablePart(file=show.file, html=table.to_html(), title=table.title, folded=show.folded)
