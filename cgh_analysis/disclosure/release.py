"""The release of rows: curves made coarse, small numbers blanked, counts rounded."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from cgh_analysis.disclosure.curves import coarse_curves
from cgh_analysis.disclosure.few import (
    between_hidden_levels,
    decided_on_hidden,
    in_states_of_few,
    in_these_states,
    rests_on_few,
)
from cgh_analysis.disclosure.rounding import as_printed, rounded
from cgh_analysis.results import NUMBERS, SUPPRESSED, Result
from cgh_analysis.study import Disclosure

# all but those that say what the row is about
BLANKED: Final = [name for name in NUMBERS if name not in ("time", "conf_level")]
# how the note of a number begins that lies between two visits, whose days it names, and what is left of it
BETWEEN: Final = "between "
BETWEEN_VISITS: Final = "between visits"


def release(result: Result, rule: Disclosure) -> Result:
    """Return the rows that may be published under a rule; the given rows are not changed.

    A blanked row keeps its place, with NaN for every number and a note that begins with "suppressed". A threshold of 0
    and rounding to 1 give the rows back as they are.
    """
    if rule.threshold == 0 and rule.round_to == 1:
        return result
    frame = coarse_curves(result.frame, rule)
    small = rests_on_few(frame, rule.threshold)
    small |= in_these_states(frame, in_states_of_few(result.frame, rule.threshold))
    small |= between_hidden_levels(frame, small)
    small |= decided_on_hidden(frame, small)
    frame = as_printed(rounded(frame, rule.round_to))
    # the visits of a few people: the day on which a curve falls, and how far
    frame["note"] = frame["note"].mask(frame["note"].str.startswith(BETWEEN), BETWEEN_VISITS)
    frame.loc[small, BLANKED] = np.nan
    frame.loc[small, "note"] = f"{SUPPRESSED}: fewer than {rule.threshold}"
    return Result(frame.reset_index(drop=True))


def release_count(count: int, rule: Disclosure) -> int | None:
    """Return a count of people as it may be published: rounded, and None where it is of too few.

    >>> [release_count(n, Disclosure(threshold=10, round_to=5)) for n in (0, 3, 12)]
    [0, None, 10]
    """
    return None if 0 < count < rule.threshold else math.floor(count / rule.round_to + 0.5) * rule.round_to
