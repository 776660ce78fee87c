"""The draft as a study file: what was found, in words why, and what only a person can decide."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cgh_analysis.errors import StudyError
from cgh_analysis.start import plan, toml
from cgh_analysis.start.draft import Draft
from cgh_analysis.start.source_page import source_lines
from cgh_analysis.start.spelling import spelt

SCHEMA: Final = "study.schema.json"
# what exports add to a project's name, REDCap's among them: no date goes into an id
ADDED: Final = re.compile(r"(^|_)(data|export|raw|labels|cases|patients|baseline|file)(?=_|$)|_?\d{4}_?\d{2}_?\d{2}.*$")
FIRST: Final = (
    "Drafted by `cgh init`. What the files say for certain is filled in, with the reason behind it; what they do not "
    "is marked TODO: decide it, then take the TODO away. `cgh check` lists what is left, and `cgh run` waits for it."
)


def page(draft: Draft, out: Path) -> str:
    """Return the study file of a draft that will lie at `out`; no path in it is absolute."""
    name = study_id(draft.folder / draft.cases.source.path)
    blocks = [
        [f"#:schema ./{SCHEMA}", "", *toml.said(FIRST)],
        _study(name),
        ["[sources]", toml.line("folder", toml.text(_folder(draft.folder, out)), "relative to this file")],
        source_lines("cases", draft.cases),
        source_lines("visits", draft.visits),
        *plan.arm_blocks(draft),
        *plan.visit_blocks(draft),
        *plan.outcome_blocks(draft),
        plan.population(draft),
        plan.resolution(draft),
        plan.description(draft),
        plan.analyses(draft),
        ["[disclosure]", *_disclosure()],
    ]
    return "\n".join(_joined(block for block in blocks if block))


def study_id(path: Path) -> str:
    """Return an id made of a file's name, or else its folder's, without what exports and dates add to it.

    >>> study_id(Path("CGHTrial_DATA_2024-05-01_1530.csv")), study_id(Path("neck/cases.xlsx")), study_id(Path("1.csv"))
    ('cghtrial', 'neck', 'study')
    """
    for name in (path.name.partition(".")[0], path.parent.name):
        made = ADDED.sub("", spelt(name)).replace("_", "-").strip("-")
        if made[:1].isalpha():
            return made
    return "study"


def _study(name: str) -> list[str]:
    seed = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 10**8
    return [
        "[study]",
        toml.line("id", toml.text(name), "made of the file's name"),
        toml.line("title", '"TODO"', "TODO: say in a line what is compared, and in whom"),
        toml.line("design", '"cohort"', 'TODO: is it a "cohort", or did chance decide who got what ("trial")?'),
        toml.line("seed", str(seed), "any whole number: what is drawn by chance is the same in every run"),
    ]


def _folder(folder: Path, out: Path) -> str:
    try:
        return Path(os.path.relpath(folder, out.resolve().parent)).as_posix()
    except ValueError:
        raise StudyError(
            "The study file and its data would lie on different drives.", remedy="Give --out a place beside the data."
        ) from None


def _disclosure() -> list[str]:
    return [
        toml.line("threshold", "10", "smaller counts are not shown"),
        toml.line("round_to", "5", "and what is shown is rounded"),
    ]


def _joined(blocks: Iterable[list[str]]) -> Iterable[str]:
    """The lines of all blocks, each block with a blank line behind it."""
    for block in blocks:
        yield from block
        yield ""
