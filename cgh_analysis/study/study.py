"""The whole study file as one frozen record."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field

from cgh_analysis.errors import StudyError
from cgh_analysis.instruments import INSTRUMENTS, Instrument
from cgh_analysis.study.multiplicity import MultiplicityPlan
from cgh_analysis.study.parts import (
    Analysis,
    Arm,
    Block,
    Covariate,
    Describe,
    Disclosure,
    Documentation,
    Outcome,
    Population,
    Privacy,
    Resolution,
    Visit,
)
from cgh_analysis.study.quality import Checks, Expect
from cgh_analysis.study.sources import Source, Sources
from cgh_analysis.study.undecided import Undecided


class Study(Block):
    """The whole study file.

    `folder` is where it lies; `sha256` is its hash, which every output carries; `undecided` are its TODO comments.
    """

    id: str
    title: str
    design: Literal["cohort", "trial"] = "cohort"
    seed: int
    authors: tuple[str, ...] = ()
    about: str = ""
    conf_level: float = Field(default=0.95, gt=0.5, lt=1)
    sources: Sources
    arms: tuple[Arm, ...]
    visits: tuple[Visit, ...]
    outcomes: tuple[Outcome, ...] = ()
    covariates: tuple[Covariate, ...] = ()
    documentation: tuple[Documentation, ...] = ()
    population: Population = Population()
    resolution: Resolution | None = None
    describe: Describe = Describe()
    analyses: tuple[Analysis, ...] = ()
    multiplicity: MultiplicityPlan | None = None
    disclosure: Disclosure = Disclosure()
    privacy: Privacy = Privacy()
    checks: Checks = Checks()
    expect: tuple[Expect, ...] = ()
    limits: tuple[str, ...] = ()
    folder: Path = Path()
    sha256: str = ""
    undecided: tuple[Undecided, ...] = ()

    @property
    def arm_ids(self) -> tuple[str, ...]:
        """Arms in the order of the file, the reference first."""
        return tuple(a.id for a in sorted(self.arms, key=lambda a: not a.reference))

    @property
    def reference(self) -> str:
        """The arm that others are compared with: the one marked, else the first."""
        return self.arm_ids[0]

    @property
    def arm_labels(self) -> dict[str, str]:
        """Labels by arm id, reference first."""
        labels = {a.id: a.label for a in self.arms}
        return {i: labels[i] for i in self.arm_ids}

    def visit(self, visit_id: str) -> Visit:
        """Return a declared visit."""
        for visit in self.visits:
            if visit.id == visit_id:
                return visit
        raise StudyError(
            f"The visit {visit_id!r} is not declared.", remedy=f"Declared: {', '.join(v.id for v in self.visits)}."
        )

    @property
    def baseline(self) -> Visit:
        """The visit of day 0 (the first one declared, where none is)."""
        return min(self.visits, key=lambda v: v.day)

    @property
    def instruments(self) -> dict[str, Instrument]:
        """The known outcomes, and those that the study declares."""
        own = {o.id: Instrument(**{**o.model_dump(exclude={"id"}), "short": o.short or o.label}) for o in self.outcomes}
        return {**INSTRUMENTS, **own}

    @property
    def source_folder(self) -> Path:
        """Where the raw files are: the folder named in the environment, else the one of the study file."""
        named = os.environ.get(self.sources.folder_env) if self.sources.folder_env else None
        return Path(named) if named else self.folder / self.sources.folder

    def source_path(self, source: Source) -> Path:
        """Return where a source's file is expected."""
        return self.source_folder / source.path
