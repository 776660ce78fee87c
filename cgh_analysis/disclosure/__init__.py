"""What may leave: numbers that rest on too few people are blanked, counts are rounded, curves coarsened.

The rule is that of OpenSAFELY (suppress small counts, then round the rest), with the study's own thresholds. Rounding
is what protects linked cells: without it a blanked count is its total less its neighbours, so a threshold without
rounding is refused by the study file. For the same reason nothing is released from which the exact counts follow: no
degrees of freedom (they are people less coefficients), no share or interval of unrounded counts, no descriptive number
in more digits than are printed (a mean of whole numbers in ten digits gives its denominator away), and no difference
between arms in a level of which one arm's count is blanked.
"""

from cgh_analysis.disclosure.release import release, release_count

__all__ = ["release", "release_count"]
