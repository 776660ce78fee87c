"""Commands turned into calls, and CghError into a message and an exit code."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from cgh_analysis.errors import CghError

# the last bits of BLAS results depend on the number of threads; must be said before numpy is imported
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

INTERRUPTED = 130
PATH = click.Path(path_type=Path)
STUDY = click.argument("study", type=PATH)


class _Commands(click.Group):
    """Every problem that the user can mend ends in words and an exit code, never in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what the user can mend becomes a message and an exit code."""
        for stream in (sys.stdout, sys.stderr):
            # a terminal that lacks a letter shows a question mark for it
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        with warnings.catch_warnings():
            warnings.showwarning = _each_once()
            return self._invoke(ctx)

    def _invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CghError as error:
            _stopped(ctx, str(error), error.exit_code)
        except KeyboardInterrupt:
            _stopped(ctx, "Interrupted; the last good run, if there was one, is still there.", INTERRUPTED)
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read our output has had enough
                raise
            name = f" ({Path(error.filename).name})" if isinstance(error.filename, str | os.PathLike) else ""
            remedy = "Check that the folder is there and may be written to, and that the disk is not full."
            _stopped(ctx, f"{error.strerror or error}{name}. {remedy}", CghError.exit_code)


def _stopped(ctx: click.Context, words: str, exit_code: int) -> NoReturn:
    click.echo(f"{click.style('Stopped.', bold=True)} {words}", err=True)
    ctx.exit(exit_code)


def _each_once() -> Callable[..., None]:
    """Return what shows a warning, without the place in our code, which tells the user nothing but our folder."""
    told: set[str] = set()

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        if str(message) not in told:
            told.add(str(message))
            click.echo(f"Note: {message}", err=True)

    return show


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cgh-analysis", prog_name="cgh")
def main() -> None:
    """Compare treatments for cervicogenic headache: a study file in, a defensible comparison out.

    Exit codes: 0 done, 2 a problem in the study file, the data or a folder, 3 another run holds the folder, 130
    interrupted, 1 a bug.
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
@click.option("--json", "as_json_wanted", is_flag=True, help="Print the findings as JSON.")
def check(study: Path, as_json_wanted: bool) -> None:
    """Validate STUDY and its data without analysing them."""
    from cgh_analysis.checked import as_json, as_text, check_study

    checked = check_study(study)
    if as_json_wanted:
        # escaped, so that it is JSON in whatever encoding the terminal has
        click.echo(json.dumps(as_json(checked), indent=2))
    else:
        click.echo(as_text(checked, _width()))
    if checked.failed:
        sys.exit(2)


@main.command()
@click.option(
    "--file", type=PATH, help="The patients, or patients and visits: .csv, .xlsx, .sav, .dta, .parquet and others."
)
@click.option("--visits", type=PATH, help="The visits, where they are in a file of their own.")
@click.option("--sheet", help="The sheet of a workbook that has several.")
@click.option("--redcap", type=PATH, help="The export of a REDCap project.")
@click.option("--dictionary", type=PATH, help="The project's data dictionary.")
@click.option("--out", type=PATH, default="study.toml", show_default=True, help="The study file that is drafted.")
def init(
    file: Path | None, visits: Path | None, sheet: str | None, redcap: Path | None, dictionary: Path | None, out: Path
) -> None:
    """Draft a commented study file from a study's data: what is certain is filled in, the rest is marked TODO."""
    from cgh_analysis.start import Files, init_study

    if (file is None) == (redcap is None) or (redcap is None) != (dictionary is None):
        raise click.UsageError("Give either --file, or --redcap together with --dictionary.")
    files = Files(file=file or redcap or Path(), visits=visits, dictionary=dictionary, sheet=sheet)
    drafted = init_study(files, out)
    click.echo(f"Drafted: {_relative(drafted)}. `cgh check {_relative(drafted)}` says what is left to decide.")


@main.command()
@click.argument("sources", nargs=-1, type=PATH, metavar="SOURCE...")
@click.option("--out", type=PATH, required=True, help="The folder to write to: new, or empty.")
@click.option("--key", type=PATH, required=True, help="The file of the key; made where there is none. Keep it apart.")
@click.option("--id", "id_column", help="The column of the patients' ids, where its name does not say so.")
@click.option("--baseline", help="The column with the date of day 0; else day 0 is a patient's first date.")
@click.option("--dates", type=click.Choice(["dmy", "mdy", "ymd"]), help="The order of dates such as 01/02/2024.")
@click.option("--keep-text", multiple=True, metavar="COLUMN", help="A column of free text to keep, searched.")
@click.option("--drop", multiple=True, metavar="COLUMN", help="A column to leave out.")
@click.option("--sheet", help="The sheet of workbooks that have several.")
@click.option("--dictionary", type=PATH, help="A REDCap data dictionary, which marks identifiers.")
@click.option("--study", type=PATH, help="A study file that says how its files are read.")
def anonymise(sources: tuple[Path, ...], out: Path, key: Path, study: Path | None, **said: Any) -> None:
    """Write each SOURCE anew without anything that identifies: pseudonyms for ids, days for dates, ages up to 90."""
    from cgh_analysis.privacy import Options
    from cgh_analysis.privacy import anonymise as write
    from cgh_analysis.privacy.told import as_text
    from cgh_analysis.study import read_study

    done = write(sources, out, key, Options(**said, study=read_study(study) if study else None))
    click.echo(as_text(done))
    if done.key_made:
        click.echo(f"The key {_relative(key)} was made. Whoever has it can test ids against pseudonyms: keep it apart.")
    click.echo(f"Done: {_relative(out)}")


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


def _width() -> int | None:
    """The width of the terminal; what goes to a file or a pipe is not broken into lines."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


if __name__ == "__main__":
    main()
