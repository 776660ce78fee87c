"""Commands turned into calls, and CghError into a message and an exit code."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cgh_analysis.errors import CghError, Problem

if TYPE_CHECKING:
    from cgh_analysis.ingest import Tables

# the last bits of BLAS results depend on the number of threads; must be said before numpy is imported
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

STUDY = click.argument("study", type=click.Path(path_type=Path))


class _Commands(click.Group):
    """Every problem that the user can mend ends in words and an exit code, never in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a CghError becomes a message and its exit code."""
        try:
            return super().invoke(ctx)
        except CghError as error:
            click.echo(f"{click.style('Stopped.', bold=True)} {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cgh-analysis", prog_name="cgh")
def main() -> None:
    """Compare treatments for cervicogenic headache: a study file in, a defensible comparison out.

    Exit codes: 0 done, 2 a problem in the study file or the data, 3 another run holds the folder, 1 a bug.
    """


@main.command()
@STUDY
def run(study: Path) -> None:
    """Read, check, analyse and publish STUDY (a study.toml); does nothing where nothing has changed."""
    from cgh_analysis.progress import Stages
    from cgh_analysis.report.run import run_study

    with Stages() as stages:
        published = run_study(study, stages.begin)
    where = _relative(published.folder / "report.html")
    if published.built:
        click.echo(f"Done: {where}")
    else:
        click.echo(f"Nothing has changed since run {published.key}: {where}")


@main.command()
@STUDY
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(study: Path, as_json: bool) -> None:
    """Validate STUDY and its data without analysing them."""
    from cgh_analysis.analysis import check_plan
    from cgh_analysis.errors import StudyError
    from cgh_analysis.ingest import check_tables
    from cgh_analysis.study import read_study

    try:
        declared = read_study(study)
        check_plan(declared)
    except StudyError as error:
        if not as_json:
            raise
        click.echo(json.dumps(_study_findings(error, study), indent=2, ensure_ascii=False))
        sys.exit(error.exit_code)
    tables = check_tables(declared)
    failed = any(p.severity == "error" for p in tables.problems)
    if as_json:
        click.echo(json.dumps(_findings(tables, failed), indent=2, ensure_ascii=False))
    else:
        _print_findings(tables)
    if failed:
        sys.exit(2)


@main.command()
@click.option("--patients", type=click.IntRange(min=40), default=420, show_default=True)
@click.option("--seed", type=int, default=20240611, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
def simulate(patients: int, seed: int, out: Path) -> None:
    """Write a raw export of simulated patients with known effects and a dozen realistic faults."""
    from cgh_analysis.simulate import simulate_export

    for path in simulate_export(patients, seed, out).values():
        click.echo(_relative(path))


def _relative(path: Path) -> str:
    resolved, here = path.resolve(), Path.cwd()
    return str(resolved.relative_to(here)) if resolved.is_relative_to(here) else str(path)


def _findings(tables: Tables, failed: bool) -> dict[str, Any]:
    return {
        "status": "error" if failed else "ok",
        "files": [asdict(f) for f in tables.files],
        "problems": [_problem(p) for p in tables.problems],
    }


def _study_findings(error: CghError, study: Path) -> dict[str, Any]:
    whole = Problem(severity="error", rule="study", file=study.name, message=error.message, remedy=error.remedy)
    return {"status": "error", "files": [], "problems": [_problem(p) for p in error.problems or (whole,)]}


def _problem(problem: Problem) -> dict[str, Any]:
    keys = ("severity", "rule", "file", "row", "column", "value", "message", "remedy")
    content = asdict(problem)
    return {key: content[key] for key in keys}


def _print_findings(tables: Tables) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    files = Table("File", "Read", "Accepted", "Quarantined", title="Records", title_justify="left")
    for f in tables.files:
        files.add_row(f.path, str(f.read), str(f.accepted), str(f.quarantined))
    console.print(files)
    if not tables.problems:
        console.print("No problem was found.")
        return
    found = Table("What", "Rule", "File", "Row", "Column", "Finding", title="Findings", title_justify="left")
    for p in tables.problems:
        row = "" if p.row is None else str(p.row)
        found.add_row(p.severity, p.rule, p.file, row, p.column or "", f"{p.message} {p.remedy}")
    console.print(found)


if __name__ == "__main__":
    main()
