"""Nobody exposed: files made anonymous before they are passed on, and how easily people are found out all the same."""

from cgh_analysis.privacy.anonymise import Options, anonymise
from cgh_analysis.privacy.declared import refuse_at_risk, reidentification, risk_as_json, risk_problems
from cgh_analysis.privacy.risk import KAnonymity, k_anonymity

__all__ = [
    "KAnonymity",
    "Options",
    "anonymise",
    "k_anonymity",
    "refuse_at_risk",
    "reidentification",
    "risk_as_json",
    "risk_problems",
]
