"""Eligibility by name: what a patient must fulfil, in which words an exclusion is told, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pandas as pd

Truth = pd.Series  # nullable boolean: <NA> where the record does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion. `reason` says why someone was excluded; `depends_on` warns that it looks at what came later.

    Eligibility that depends on the outcome or the treatment selects on the future (Hernan and Robins 2016), which the
    flow and the report say wherever such a criterion is used.
    """

    reason: str
    needs: tuple[str, ...]
    holds: Callable[[pd.DataFrame], Truth]
    depends_on: str = ""
    source: str = ""


ICHD3: Final = "ICHD-3, 11.2.1"
ICHD2: Final = "ICHD-2, 11.2.1"
CHISG: Final = "CHISG, Sjaastad 1998"
OUTCOME: Final = "the outcome"
TREATMENT: Final = "treatment"
C_ITEMS: Final = ("temporal_relation", "parallel_improvement", "reduced_rom_and_provocation", "block_abolishes")


def yes(column: str) -> Callable[[pd.DataFrame], Truth]:
    """A flag that must be yes."""
    return lambda cases: flag(cases, column)


def flag(cases: pd.DataFrame, column: str) -> Truth:
    """Return a yes/no column as a nullable boolean."""
    return (cases[column] == "yes").astype("boolean").mask(cases[column].isna())


def at_least(n: int, *columns: str) -> Callable[[pd.DataFrame], Truth]:
    """At least n flags are yes; unknown only where the blanks could decide it."""

    def holds(cases: pd.DataFrame) -> Truth:
        flags = [flag(cases, c) for c in columns]
        sure = pd.concat([f.fillna(False) for f in flags], axis=1).sum(axis=1)
        possible = pd.concat([f.fillna(True) for f in flags], axis=1).sum(axis=1)
        return sure.ge(n).astype("boolean").mask(sure.lt(n) & possible.ge(n))

    return holds


def both(*tests: Callable[[pd.DataFrame], Truth]) -> Callable[[pd.DataFrame], Truth]:
    """All tests hold (Kleene logic: no beats unknown)."""

    def holds(cases: pd.DataFrame) -> Truth:
        result = tests[0](cases)
        for test in tests[1:]:
            result = result & test(cases)
        return result

    return holds


def either(*tests: Callable[[pd.DataFrame], Truth]) -> Callable[[pd.DataFrame], Truth]:
    """One test at least holds (Kleene logic: yes beats unknown)."""

    def holds(cases: pd.DataFrame) -> Truth:
        result = tests[0](cases)
        for test in tests[1:]:
            result = result | test(cases)
        return result

    return holds


def compare(column: str, test: Callable[[pd.Series], pd.Series]) -> Callable[[pd.DataFrame], Truth]:
    """A test of one column's values."""
    return lambda cases: test(cases[column]).astype("boolean").mask(cases[column].isna())


def _item(reason: str, column: str, source: str, depends_on: str = "") -> Criterion:
    return Criterion(reason=reason, needs=(column,), holds=yes(column), depends_on=depends_on, source=source)


_ICHD3_C: Final = at_least(2, *C_ITEMS)
_ICHD2_C: Final = at_least(1, "clinical_signs_neck_source", "controlled_block_abolishes")
# Ia alone suffices, or Ib together with Ic (Sjaastad 1998); II is obligatory in scientific work, III preferably
_CHISG_I: Final = either(
    at_least(1, "provoked_by_movement", "provoked_by_pressure"),
    at_least(2, "restricted_rom", "ipsilateral_neck_arm_pain"),
)
_WITHIN_MILESTONE: Final = compare("resolution_within_milestone", lambda s: s == "yes")

CRITERIA: Final[dict[str, Criterion]] = {
    "adult": Criterion(reason="Under 18 years", needs=("age_years",), holds=compare("age_years", lambda a: a >= 18)),
    "baseline_visit": Criterion(
        reason="No baseline visit", needs=("has_baseline",), holds=compare("has_baseline", lambda s: s == "yes")
    ),
    "no_red_flags": Criterion(
        reason="A red flag", needs=("red_flag",), holds=compare("red_flag", lambda s: s == "none")
    ),
    "no_medication_overuse": Criterion(
        reason="Medication overuse",
        needs=("medication_overuse",),
        holds=compare("medication_overuse", lambda s: s == "no"),
    ),
    "no_migraine": Criterion(reason="Migraine", needs=("migraine",), holds=compare("migraine", lambda s: s == "no")),
    "ichd3_11_2_1": Criterion(
        reason="ICHD-3 11.2.1 not fulfilled",
        needs=("lesion_evidence", *C_ITEMS, "not_better_accounted"),
        holds=both(yes("lesion_evidence"), _ICHD3_C, yes("not_better_accounted")),
        depends_on=f"{OUTCOME} (C2) and {TREATMENT} (C4)",
        source=ICHD3,
    ),
    "ichd3_at_baseline": Criterion(
        reason="ICHD-3 11.2.1 not fulfilled by what was known at baseline (B, C1, C3, D)",
        needs=("lesion_evidence", "temporal_relation", "reduced_rom_and_provocation", "not_better_accounted"),
        holds=both(
            yes("lesion_evidence"),
            yes("temporal_relation"),
            yes("reduced_rom_and_provocation"),
            yes("not_better_accounted"),
        ),
        source=ICHD3,
    ),
    "ichd3_b": _item("No evidence of a cervical lesion (ICHD-3 B)", "lesion_evidence", ICHD3),
    "ichd3_c": Criterion(
        reason="Fewer than two of ICHD-3 C1 to C4",
        needs=C_ITEMS,
        holds=_ICHD3_C,
        depends_on=f"{OUTCOME} (C2) and {TREATMENT} (C4)",
        source=ICHD3,
    ),
    "ichd3_c1": _item("No temporal relation (ICHD-3 C1)", "temporal_relation", ICHD3),
    "ichd3_c2": _item("No parallel improvement (ICHD-3 C2)", "parallel_improvement", ICHD3, OUTCOME),
    "ichd3_c3": _item("No reduced ROM with provocation (ICHD-3 C3)", "reduced_rom_and_provocation", ICHD3),
    "ichd3_c4": _item("Not abolished by a block (ICHD-3 C4)", "block_abolishes", ICHD3, TREATMENT),
    "ichd3_d": _item("Better accounted for by another diagnosis (ICHD-3 D)", "not_better_accounted", ICHD3),
    "ichd2_11_2_1": Criterion(
        reason="ICHD-2 11.2.1 not fulfilled",
        needs=(
            "lesion_evidence",
            "clinical_signs_neck_source",
            "controlled_block_abolishes",
            "resolution_within_milestone",
        ),
        holds=both(yes("lesion_evidence"), _ICHD2_C, _WITHIN_MILESTONE),
        depends_on=f"{OUTCOME} (D) and {TREATMENT} (C2)",
        source=ICHD2,
    ),
    "ichd2_b": _item("No evidence of a cervical lesion (ICHD-2 B)", "lesion_evidence", ICHD2),
    "ichd2_c": Criterion(
        reason="No clinical sign and no controlled block (ICHD-2 C)",
        needs=("clinical_signs_neck_source", "controlled_block_abolishes"),
        holds=_ICHD2_C,
        depends_on=f"{TREATMENT} (C2)",
        source=ICHD2,
    ),
    "ichd2_d": Criterion(
        reason="Not resolved within 3 months (ICHD-2 D)",
        needs=("resolution_within_milestone",),
        holds=_WITHIN_MILESTONE,
        depends_on=OUTCOME,
        source=ICHD2,
    ),
    "chisg": Criterion(
        reason="CHISG I to III not fulfilled",
        needs=(
            "provoked_by_movement",
            "provoked_by_pressure",
            "restricted_rom",
            "ipsilateral_neck_arm_pain",
            "block_abolishes",
            "side_locked",
        ),
        holds=both(_CHISG_I, yes("block_abolishes"), yes("side_locked")),
        depends_on=f"{TREATMENT} (II)",
        source=CHISG,
    ),
    "chisg_1": Criterion(
        reason="No sign of neck involvement (CHISG I)",
        needs=("provoked_by_movement", "provoked_by_pressure", "restricted_rom", "ipsilateral_neck_arm_pain"),
        holds=_CHISG_I,
        source=CHISG,
    ),
    "chisg_1a1": _item("Not provoked by neck movement or posture (CHISG Ia1)", "provoked_by_movement", CHISG),
    "chisg_1a2": _item("Not provoked by external pressure (CHISG Ia2)", "provoked_by_pressure", CHISG),
    "chisg_1b": _item("No restricted range of motion (CHISG Ib)", "restricted_rom", CHISG),
    "chisg_1c": _item("No ipsilateral neck, shoulder or arm pain (CHISG Ic)", "ipsilateral_neck_arm_pain", CHISG),
    "chisg_2": _item("Not confirmed by anaesthetic block (CHISG II)", "block_abolishes", CHISG, TREATMENT),
    "chisg_3": _item("Side-shift, or not unilateral (CHISG III)", "side_locked", CHISG),
}
