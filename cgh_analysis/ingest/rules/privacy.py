"""Rules about people: what could name them, and how many stand alone."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules.kinds import Rule

RULES: Final[dict[str, Rule]] = {}
