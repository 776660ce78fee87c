"""The main job: from a study file to a published run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cgh_analysis.analysis import check_plan, run_plan
from cgh_analysis.cohort import Cohort, build_cohort
from cgh_analysis.engine import Progress
from cgh_analysis.errors import DataError
from cgh_analysis.ingest import Tables, read_tables
from cgh_analysis.privacy import refuse_at_risk
from cgh_analysis.report.build import build_report
from cgh_analysis.report.manifest import ingredients, run_key, write_manifest
from cgh_analysis.report.page import Provenance
from cgh_analysis.report.publish import Published, publish
from cgh_analysis.study import Study, read_study
from cgh_analysis.study.undecided import refuse_undecided

Stage = Callable[[str], Progress | None]


def run_study(path: str | Path, stage: Stage = lambda _name: None) -> Published:
    """Read, check, analyse and publish a study; do nothing where its run is there and intact.

    `stage(name)` is told what begins, and may return a function that is told how far it is. Raises StudyError and
    DataError for what the user can mend, BusyError where another run holds the folder; the last good run stays.
    """
    study = read_study(path)
    refuse_undecided(Path(path).name, study.undecided)
    check_plan(study)
    made_of = ingredients(study)
    key = run_key(made_of)
    return publish(study.folder, key, lambda folder: _build(study, key, made_of, folder, stage))


def _build(study: Study, key: str, made_of: dict[str, Any], folder: Path, stage: Stage) -> None:
    stage("Reading and checking")
    tables = read_tables(study)
    if tables.inputs != made_of["inputs"]:
        raise DataError("A file was changed while it was read.", remedy="Run again once the export is complete.")
    refuse_at_risk(tables.cases, study)
    stage("Building the cohort")
    cohort = build_cohort(tables, study)
    rows = run_plan(study, cohort, progress=stage("Running the plan"))
    build_report(
        study,
        rows,
        tables=tables,
        folder=folder,
        provenance=Provenance(key=key, made_of=made_of),
        progress=stage("Drawing tables and figures"),
    )
    write_manifest(folder, {**made_of, "key": key, "counts": _counts(tables, cohort)})


def _counts(tables: Tables, cohort: Cohort) -> dict[str, Any]:
    """Rows at every step. The manifest stays with the data's owner: these counts are not rounded."""
    flow = [{"step": step.id, "left": sum(step.left.values())} for step in cohort.flow]
    return {"files": [asdict(file) for file in tables.files], "flow": flow}
