"""Rules about traps that published files were seen to hold."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules.kinds import Rule, note, stop

RULES: Final[dict[str, Rule]] = {
    "stored_zero": stop(
        "At {visit!r} all {count} patients without {blank} have 0 here: drop-outs are stored as 0.",
        'Declare filled_if = "{blank}" for this visit, or say in `accept` (stored_zero) why 0 is right.',
    ),
    "scale": stop(
        "{count} of {total} values lie outside the range{where}: are some in another unit, or on another scale?",
        "Declare the `unit`, convert them at the source, or say in `accept` (scale) why they are single errors.",
    ),
    "mixed_dates": stop(
        "The column holds {dates} dates and {texts} dates as text: day and month may be swapped.",
        "Mend it at the source, or say in `accept` (mixed_dates) why it does no harm.",
    ),
    "codebook": stop(
        "The codebook says {label!r}; the study takes it for {visit!r} ({says}).",
        "Check which is right; say in `accept` (codebook) why the study is.",
    ),
    "accepted": note("{rule_accepted} is accepted{where}: {reason}"),
    "documentation": note("{source} is not followed for {name}: {reason}"),
}
