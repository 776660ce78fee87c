"""The parts of a study file: arms, visits, outcomes, and the lines of the plan."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Multiplicity = Literal["none", "bonferroni", "holm", "hochberg", "tukey", "dunnett", "mvt"]


class Block(BaseModel):
    """A part of the study file: frozen, and a name that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Arm(Block):
    """A treatment arm; `codes` and `synonyms` are what files call it."""

    id: str
    label: str
    reference: bool = False
    synonyms: tuple[str, ...] = ()
    content: str = ""


class Visit(Block):
    """A planned visit: its nominal day and the window of days that counts as it (both ends in)."""

    id: str
    day: int = Field(ge=0)
    window: tuple[int, int] | None = None
    label: str = ""
    synonyms: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The label, or 'Baseline' / 'Week 12' made of the day."""
        if self.label:
            return self.label
        return "Baseline" if self.day == 0 else f"Week {self.day / 7:g}"


class Outcome(Block):
    """An outcome that the toolkit does not know: a column of visits, with range and direction."""

    id: str
    label: str
    short: str = ""
    unit: str
    low: float
    high: float
    better: Literal["lower", "higher"]
    mcid: float | None = Field(default=None, gt=0)
    mdc: float | None = Field(default=None, gt=0)
    source: str = ""


class Covariate(Block):
    """A patient's column that the toolkit does not know; with `codes` a category, else a number in low..high."""

    id: str
    label: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    codes: tuple[str, ...] = ()

    @property
    def kind(self) -> Literal["category", "number"]:
        """What its cells hold."""
        return "category" if self.codes else "number"


class Documentation(Block):
    """What a document says of a column's codes, and, where it is contradicted, why the study does not follow it."""

    column: str
    says: dict[str, str]
    source: str
    wrong_because: str = ""


class Population(Block):
    """Eligibility, by names of CRITERIA, in the order in which they are applied."""

    criteria: tuple[str, ...] = ("baseline_visit",)


class Lesion(Block):
    """When the cervical lesion counts as resolved: every one of the outcomes is beyond a threshold."""

    outcome: str | tuple[str, ...]
    at_least: float | None = None
    at_most: float | None = None
    sustained_visits: int = Field(default=1, ge=1)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes, one or several, as a tuple."""
        return (self.outcome,) if isinstance(self.outcome, str) else self.outcome

    @model_validator(mode="after")
    def _one(self) -> Lesion:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give exactly one of at_least and at_most")
        return self


class Resolution(Block):
    """When a headache counts as resolved, what competes with it, and the milestone day.

    The lesion has resolved where the column `lesion_resolved` of visits says so, or as `lesion` declares it.
    """

    outcome: str
    at_most: float = 0
    sustained_visits: int = Field(default=1, ge=1)
    milestone_days: int = Field(default=91, gt=0)
    competing: tuple[str, ...] = ()
    lesion: Lesion | None = None


class Response(Block):
    """A responder: a change for the better from baseline of so many percent, or of so many units."""

    percent: float | None = Field(default=None, gt=0)
    by: Annotated[float, Field(gt=0)] | Literal["mcid"] | None = None

    @model_validator(mode="after")
    def _one(self) -> Response:
        if (self.percent is None) == (self.by is None):
            raise ValueError("give exactly one of percent and by")
        return self


class Analysis(Block):
    """One line of the plan; `outcome` may be a list, which plans one analysis for each."""

    id: str
    estimator: str
    title: str = ""
    outcome: str | tuple[str, ...] = ()
    at: str | None = None
    covariates: tuple[str, ...] = ()
    baseline: bool = True
    subgroups: tuple[str, ...] = ()
    multiplicity: Multiplicity = "holm"
    primary: bool = False
    response: Response | None = None
    covariance: str | tuple[str, ...] | None = None
    df: str | None = None
    correlation: Literal["independence", "exchangeable", "ar1"] = "exchangeable"
    distribution: Literal["weibull", "lognormal", "loglogistic", "exponential"] = "weibull"
    model: Literal["ph", "po"] = "ph"
    tau: int | None = Field(default=None, gt=0)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes, one or several, as a tuple."""
        return (self.outcome,) if isinstance(self.outcome, str) else self.outcome


class Describe(Block):
    """What the descriptive part shows: rows of the baseline table, outcomes followed over visits."""

    baseline: tuple[str, ...] = ("age_years", "sex", "symptom_duration_months")
    median: tuple[str, ...] = ("symptom_duration_months",)
    courses: tuple[str, ...] = ()
    change_at: str | None = None


class Disclosure(Block):
    """What may leave: counts under `threshold` are not shown, shown ones are rounded to `round_to` (1: not at all)."""

    threshold: int = Field(default=10, ge=0)
    round_to: int = Field(default=5, ge=1)
    reason: str = ""

    @model_validator(mode="after")
    def _protects(self) -> Disclosure:
        if self.threshold > 0 and self.round_to == 1:
            raise ValueError("a threshold without rounding leaves differences that give small counts away")
        return self


class Privacy(Block):
    """What people may be known by, and how well that must hide them.

    `age_band` stands for ages in bands of ten years. Names of `quasi_identifiers` that the data do not have are passed
    over. A class of people alike in all of them has `k` people or more, and the mean risk of being found out is
    `risk_threshold` at most; where that is `required`, a study that does not meet it stops.
    """

    quasi_identifiers: tuple[str, ...] = ("age_band", "sex", "site", "side")
    sensitive: tuple[str, ...] = ()
    k: int = Field(default=5, ge=1)
    risk_threshold: float = Field(default=0.09, gt=0, le=1)
    sampling_fraction: float = Field(default=1.0, gt=0, le=1)
    required: bool = False

    @model_validator(mode="after")
    def _once(self) -> Privacy:
        named = (*self.quasi_identifiers, *self.sensitive)
        if len(set(named)) < len(named):
            raise ValueError("name each column once, as a quasi-identifier or as sensitive")
        return self
