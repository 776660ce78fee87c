"""Mixed model for repeated measures: means over visits, with a covariance between them that is estimated too."""

from cgh_analysis.models.mmrm.fit import MmrmFit
from cgh_analysis.models.mmrm.model import mmrm
from cgh_analysis.models.mmrm.plan import estimate, in_words

__all__ = ["MmrmFit", "estimate", "in_words", "mmrm"]
