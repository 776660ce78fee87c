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
STUDY = click.argument("study", type=click.Path(path_type=Path))


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
