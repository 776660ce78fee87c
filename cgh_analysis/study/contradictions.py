"""What a study file says that cannot be meant: found in the file alone, before any data are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

from cgh_analysis.schema import EVENTS, TABLES
from cgh_analysis.schema import column as schema_column
from cgh_analysis.study.hypotheses import hypothesis_faults
from cgh_analysis.study.names import Fault, name_faults
from cgh_analysis.study.parts import Analysis, Covariate, Outcome
from cgh_analysis.study.sources import FileColumn
from cgh_analysis.study.study import Study

# who somebody is, and what is compared: neither describes people
NO_DESCRIPTION: Final = ("patient_id", "arm")


def contradictions(study: Study) -> list[Fault]:
    """Find what pydantic cannot: every fault with what is the matter and what to try."""
    return [*name_faults(study), *(fault for check in CHECKS for fault in check(study))]


def _visits(study: Study) -> Iterator[Fault]:
    days = Counter(v.day for v in study.visits)
    if 0 not in days:
        yield "No visit is on day 0.", "Days count from baseline, which is day 0: declare the baseline visit."
    for day, n in days.items():
        if n > 1:
            yield f"{n} visits are on day {day}.", "Give each visit its own day; several names of one are `synonyms`."
    for v in study.visits:
        if v.window is not None and not v.window[0] <= v.day <= v.window[1]:
            low, high = v.window
            yield f"The window of {v.id!r}, {low} to {high}, does not hold its day {v.day}.", "Mend one of them."


def _arms(study: Study) -> Iterator[Fault]:
    if not study.arms:
        yield "No arm is declared.", "Declare each under [[arms]]."


def _ranges(study: Study) -> Iterator[Fault]:
    parts: tuple[Outcome | Covariate, ...] = (*study.outcomes, *study.covariates)
    for part in parts:
        if part.low is not None and part.high is not None and part.low >= part.high:
            yield f"{part.id!r} lies between {part.low:g} and {part.high:g}.", "Let `low` be less than `high`."


def _sources(study: Study) -> Iterator[Fault]:
    for source in study.sources.each():
        if PurePosixPath(source.path).is_absolute() or PureWindowsPath(source.path).is_absolute():
            # the path goes into every output, and would name the machine
            yield "A `path` under [sources] begins at the root.", "Put the folder into `folder`, the rest into `path`."
        if source.decimal == source.separator != "detect":
            yield f"{source.path} has {source.decimal!r} both as separator and as decimal sign.", "Mend one of them."


def _competing(study: Study) -> Iterator[Fault]:
    competing = study.resolution.competing if study.resolution else ()
    kinds = next(c.codes for c in EVENTS if c.name == "kind")
    for name in competing:
        if name not in kinds:
            yield f"resolution.competing names {name!r}, which is no kind of event.", f"Known: {', '.join(kinds)}."
    if competing and study.sources.events is None:
        yield "resolution.competing names events, and no file has them.", "Declare `events` under [sources]."


def _causes(study: Study) -> Iterator[Fault]:
    """A hazard of an event that the study does not follow."""
    causes = ("resolution", *study.resolution.competing) if study.resolution else ()
    for a in study.analyses:
        if a.of is not None and a.of not in causes:
            remedy = f"Known: {', '.join(causes)}." if causes else "Declare [resolution]."
            yield f"analysis {a.id!r} is of {a.of!r}, which is no resolution and not in resolution.competing.", remedy


def _descriptions(study: Study) -> Iterator[Fault]:
    used = [("describe.baseline", study.describe.baseline)]
    used += [(f"analysis {a.id!r}", (*a.covariates, *a.subgroups)) for a in study.analyses]
    for where, names in used:
        for name in NO_DESCRIPTION:
            if name in names:
                yield f"{where} names {name!r}, which describes nobody.", "Take it out."


def _subgroups(study: Study) -> Iterator[Fault]:
    kinds = {c.id: c.kind for c in study.covariates}
    for a in study.analyses:
        for name in a.subgroups:
            known = schema_column("cases", name)
            kind = kinds.get(name, "number" if known is None else known.kind)
            if kind in ("number", "integer"):
                remedy = "Declare a covariate with `codes` that parts it, and name that."
                yield f"analysis {a.id!r} has the number {name!r} as a subgroup.", remedy


def _baseline_compared(study: Study) -> Iterator[Fault]:
    if not study.visits:
        return
    first, remedy = study.baseline.id, "Name a later visit."
    if study.describe.change_at == first:
        yield f"describe.change_at is {first!r}: a change from baseline to baseline.", remedy
    for a in study.analyses:
        if a.at == first and a.baseline:
            yield f"analysis {a.id!r} is at {first!r}: it compares the baseline with itself.", remedy


def _responses(study: Study) -> Iterator[Fault]:
    """The minimal important change asked for where no instrument has one."""
    for a in study.analyses:
        for name in a.outcomes if _by_mcid(a) else ():
            if name in study.instruments and study.instruments[name].mcid is None:
                remedy = "Say by = a number of units, or percent."
                yield f"analysis {a.id!r}: no minimal important change of {name!r} is known.", remedy


def _by_mcid(analysis: Analysis) -> bool:
    return analysis.response is not None and analysis.response.by == "mcid"


def _undefended(study: Study) -> Iterator[Fault]:
    """Codes that a document gives another meaning than the study does, with no reason said."""
    for document in study.documentation:
        used = {} if document.wrong_because else _codes_of(study, document.column)
        for code, meaning in document.says.items():
            if code in used and used[code] != used.get(meaning, meaning):
                yield (
                    f"{document.source} says that {document.column} {code} is {meaning!r}; "
                    f"the study takes it as {used[code]!r}.",
                    "Follow the document, or say in `wrong_because` what shows that it is wrong.",
                )


def _codes_of(study: Study, column: str) -> dict[str, str]:
    """What the study takes a file column's codes for: its declared codes, and for the arm also the arms' synonyms."""
    found = {code: arm.id for arm in study.arms for code in (arm.id, arm.label, *arm.synonyms)}
    for source in study.sources.each():
        for mapped in source.columns.values():
            if isinstance(mapped, FileColumn) and mapped.column == column:
                found |= mapped.codes
    return found


def _expected(study: Study) -> Iterator[Fault]:
    """What is expected of an arm, a visit or a column that there is not."""
    arms, visits = list(study.arm_ids), [v.id for v in study.visits]
    columns = {
        "cases": [*(c.name for c in TABLES["cases"]), *(c.id for c in study.covariates)],
        "visits": [*(c.name for c in TABLES["visits"]), *(o.id for o in study.outcomes)],
    }
    for i, e in enumerate(study.expect):
        named = {"arm": (e.arm, arms), "visit": (e.visit, visits), "column": (e.column, columns[e.of])}
        for what, (name, known) in named.items():
            if name and name not in known:
                near = get_close_matches(name, known, n=1)
                remedy = f"Did you mean {near[0]!r}?" if near else "Declare it, or mend its name."
                yield f"expect number {i + 1} names the {what} {name!r}, which is not known.", remedy


CHECKS: Final[tuple[Callable[[Study], Iterator[Fault]], ...]] = (
    _arms,
    _visits,
    _ranges,
    _sources,
    _competing,
    _causes,
    _descriptions,
    _subgroups,
    _baseline_compared,
    _responses,
    _undefended,
    _expected,
    hypothesis_faults,
)
