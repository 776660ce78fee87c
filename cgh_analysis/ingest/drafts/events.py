"""Events that are coded: 'Yes', TRUE, 1 or 2 do not say what happened, and a run without them would look sound."""

from __future__ import annotations

from typing import Any, Final

from cgh_analysis.ingest.drafts.draft import Draft
from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import match, shown_all
from cgh_analysis.ingest.typing.codes import code_names, type_codes

CODED: Final = r"(?i)^([+-]?[0-9]+([.,]0+)?|yes|no|y|n|true|false|t|f|event|censored)$"
NAMED: Final = 5


def coded_events(draft: Draft) -> list[Finding]:
    """Ask what events mean that are coded by a number or a yes, or of which none is known."""
    mapped = next(m for m in draft.mapped if m.column.name == "kind")
    texts = mapped.cells.texts
    places, _ = type_codes(texts, code_names(mapped.column))
    unknown = (places < 0) & (texts != "") & mapped.cells.held
    if (places[mapped.cells.held] >= 0).any():
        unknown &= match(texts, CODED)
    if not unknown.any():
        return []
    listed = ", ".join(map(repr, shown_all(texts[unknown])[:NAMED]))
    rows = draft.rows[mapped.cells.spread(unknown)]
    words: dict[str, Any] = {"codes": listed, "count": len(rows), "name": mapped.name}
    return [found("event_code", draft.source.path, column=mapped.name, rows=rows, **words)]
