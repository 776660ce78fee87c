"""Every rule that looks at input, declared once, by what it looks at."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules import (
    cells,
    columns,
    databases,
    files,
    labelled,
    privacy,
    projects,
    quality,
    records,
    tables,
    traps,
)
from cgh_analysis.ingest.rules.kinds import Rule

__all__ = ["RULES", "Rule"]

RULES: Final[dict[str, Rule]] = {
    **files.RULES,
    **columns.RULES,
    **cells.RULES,
    **records.RULES,
    **traps.RULES,
    **tables.RULES,
    **labelled.RULES,
    **databases.RULES,
    **projects.RULES,
    **quality.RULES,
    **privacy.RULES,
}
