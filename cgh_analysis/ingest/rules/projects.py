"""Rules about REDCap projects: the dictionary, the forms, the events."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules.kinds import Rule

RULES: Final[dict[str, Rule]] = {}
