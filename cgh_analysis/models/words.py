"""What the report's methods section is made of: headed paragraphs, and the lines of a plan in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cgh_analysis.labels import PROCEDURES, column_label
from cgh_analysis.study import Analysis, Study

# procedures to which no simultaneous intervals belong
STEPWISE: Final = ("hochberg", "holm")
# by the key of the reference
CITED: Final = {"holm": "holm", "hochberg": "hochberg", "dunnett": "dunnett", "max_t": "mvt"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A headed paragraph and the keys of the references that it rests on."""

    title: str
    text: str
    cites: tuple[str, ...] = ()


def begin_small(text: str) -> str:
    """Begin as within a sentence; 'ICHD-3' and 'NSAIDs' keep their capitals.

    >>> begin_small("Under 18 years"), begin_small("ICHD-3 not fulfilled")
    ('under 18 years', 'ICHD-3 not fulfilled')
    """
    first = text.split(maxsplit=1)[0]
    return text if _has_own_capitals(first) else f"{text[0].lower()}{text[1:]}"


def small(label: str) -> str:
    """Write a label within a sentence; words with capitals of their own, such as '(NDI)', keep them.

    >>> small("Neck Disability Index (NDI)")
    'neck disability index (NDI)'
    """
    return " ".join(word if _has_own_capitals(word) else word.lower() for word in label.split())


def line_in_words(study: Study, a: Analysis) -> str:
    """Return what a line of a plan looks at: outcomes, visit, covariates, and whether it is the primary one."""
    outcomes = (
        ", ".join(study.instruments[o].short for o in a.outcomes)
        or f"time to {(a.of or 'resolution').replace('_', ' ')}"
    )
    at = f" at {small(study.visit(a.at).title)}" if a.at else ""
    covariates = [small(column_label(c, study)) for c in a.covariates]
    # crude proportions know no baseline
    if a.baseline and a.outcomes and (covariates or a.estimator != "responder"):
        covariates.insert(0, "the outcome at baseline")
    adjusted = f", adjusted for {', '.join(covariates)}" if covariates else ", unadjusted"
    return f"{outcomes}{at}{adjusted}{' (primary)' if a.primary else ''}"


def lines_in_words(study: Study, lines: Sequence[Analysis], how: Callable[[Analysis], str]) -> str:
    """Say the lines behind the way in which they are done: 'with a: line; line; with b: line'."""
    ways = list(dict.fromkeys(how(a) for a in lines))
    return "; ".join(f"{way}: {'; '.join(line_in_words(study, a) for a in lines if how(a) == way)}" for way in ways)


def errors_in_words(a: Analysis) -> str:
    """Return what the standard errors of a linear model are."""
    covariance = str(a.covariance or "HC3")
    words = {
        "HC3": "standard errors that allow for unequal variances (HC3)",
        "classical": "standard errors that assume one variance",
    }
    return f"with {words.get(covariance, f'{covariance} standard errors')}"


def multiplicity_in_words(
    study: Study,
    lines: Sequence[Analysis],
    within: str = " within an outcome",
    *,
    intervals: bool = True,
    simultaneous: bool = True,
) -> str:
    """Say how the comparisons of arms are adjusted; two arms make one comparison, and nothing to adjust.

    `intervals` says whether there are any, `simultaneous` whether a single-step procedure adjusts them too.
    """
    ways = sorted({a.multiplicity for a in lines if a.multiplicity != "none"})
    if not ways or len(study.arms) < 3:
        return ""
    others = " Other p-values are not adjusted." if any(a.multiplicity == "none" for a in lines) else ""
    own = _limits_in_words(ways, simultaneous) if intervals else ""
    named = ", ".join(PROCEDURES[way] for way in ways)
    pairs = " Dunnett compares each arm with the reference arm alone." if "dunnett" in ways else ""
    return f" p-values of the comparisons of arms{within} are adjusted by {named}{own}.{pairs}{others}"


def multiplicity_cites(study: Study, lines: Sequence[Analysis]) -> tuple[str, ...]:
    """Return the keys of the references that `multiplicity_in_words` rests on."""
    told = multiplicity_in_words(study, lines)
    return tuple(key for key, way in CITED.items() if PROCEDURES[way] in told)


def _limits_in_words(ways: Sequence[str], simultaneous: bool) -> str:
    own = [PROCEDURES[way] for way in ways if way in STEPWISE or not simultaneous]
    if not own:
        return ", and so are intervals"
    among = f" with {' and '.join(own)}" if len(own) < len(ways) else ""
    return f"; intervals are not{among}"


def as_they_are(study: Study) -> str:
    """Return the warning, with the space before it, that belongs to a comparison of a cohort's arms as they are."""
    return " Differences between the arms at baseline are not adjusted for." if study.design == "cohort" else ""


def _has_own_capitals(word: str) -> bool:
    return any(c.isupper() for c in word[1:])
