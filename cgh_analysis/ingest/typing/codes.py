"""Text that stands for one of a few things: an arm, a visit, a code, yes or no."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.ingest.identifiers import shown
from cgh_analysis.ingest.sheet import NEAR
from cgh_analysis.ingest.typing.numbers import Verdict
from cgh_analysis.schema import Column
from cgh_analysis.study import Study
from cgh_analysis.study.names import spelling

FLAGS: Final = {
    **dict.fromkeys(("no", "n", "false", "0", "0.0", "unchecked"), 0),
    **dict.fromkeys(("yes", "y", "true", "1", "1.0", "checked"), 1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a column may hold: codes in their order, and further spellings that mean one of them."""

    codes: tuple[str, ...]
    spellings: dict[str, str]
    unknown: str
    variant: str
    label: str = ""


def arm_names(study: Study) -> Names:
    """Arms, reference first, under their ids, labels and synonyms."""
    spellings = {spelling(s): a.id for a in study.arms for s in (a.label, *a.synonyms)}
    spellings |= {spelling(a.id): a.id for a in study.arms}
    return Names(codes=study.arm_ids, spellings=spellings, unknown="undeclared_arm", variant="synonym")


def visit_names(study: Study) -> Names:
    """Visits in the order of their days, under their ids, titles and synonyms."""
    visits = sorted(study.visits, key=lambda v: v.day)
    spellings = {spelling(s): v.id for v in visits for s in (v.title, *v.synonyms)}
    spellings |= {spelling(v.id): v.id for v in visits}
    return Names(codes=tuple(v.id for v in visits), spellings=spellings, unknown="undeclared_visit", variant="synonym")


def code_names(column: Column) -> Names:
    """Codes of the schema or of a declared covariate, also with spaces for underscores."""
    spellings = {spelling(c.replace("_", " ")): c for c in column.codes} | {spelling(c): c for c in column.codes}
    return Names(
        codes=column.codes, spellings=spellings, unknown="undeclared_code", variant="spelling", label=column.label
    )


def type_codes(texts: np.ndarray, names: Names) -> tuple[np.ndarray, dict[int, Verdict]]:
    """Return the place of each text among the codes (-1 where blank or refused), and verdicts on what is not a code."""
    place = {code: i for i, code in enumerate(names.codes)}
    places = np.array([place.get(t, -1) for t in texts], dtype=np.int64)
    verdicts: dict[int, Verdict] = {}
    for i in np.flatnonzero((places < 0) & (texts != "")):
        meaning = names.spellings.get(spelling(texts[i]))
        if meaning is None:
            words = {"shown": shown(texts[i]), "nearest": _nearest(texts[i], names)}
            verdicts[int(i)] = (names.unknown, {**words, **({"name": names.label} if names.label else {})})
        else:
            places[i] = place[meaning]
            verdicts[int(i)] = (names.variant, {"shown": shown(texts[i]), "meaning": meaning})
    return places, verdicts


def type_flags(texts: np.ndarray, column: Column) -> tuple[np.ndarray, dict[int, Verdict]]:
    """Return 0 for no and 1 for yes (-1 where blank or refused), and verdicts on what is neither."""
    places = np.array([FLAGS.get(t.casefold(), -1) for t in texts], dtype=np.int64)
    neither = np.flatnonzero((places < 0) & (texts != ""))
    return places, {int(i): ("not_a_flag", {"name": column.label}) for i in neither}


def _nearest(text: str, names: Names) -> str:
    """The nearest code where one is near, else all of them, as the end of a sentence."""
    close = difflib.get_close_matches(spelling(text)[:60], list(names.spellings), n=1, cutoff=NEAR)
    return f"the nearest is {names.spellings[close[0]]!r}" if close else f"there are {', '.join(names.codes)}"
