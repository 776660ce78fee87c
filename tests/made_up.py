"""The arms, days and sizes of a made-up study, and limits about a made-up number; no patients."""

from __future__ import annotations

import math
from typing import Any

Row = dict[str, Any]
ARMS = {"medication": "Medication", "manual_exercise": "Manual therapy + exercise", "nerve_block": "Nerve block"}
DAYS = (0, 28, 56, 84, 182, 364)
SIZE = {"medication": 138, "manual_exercise": 151, "nerve_block": 108}
EFFECT = {"medication": 0.25, "manual_exercise": 0.6, "nerve_block": 0.45}
PAIRS = (("manual_exercise", "medication"), ("nerve_block", "medication"), ("nerve_block", "manual_exercise"))


def limits(value: float, error: float) -> Row:
    """Return normal limits about a value."""
    return {"estimate": value, "std_error": error, "conf_low": value - 1.96 * error, "conf_high": value + 1.96 * error}


def share(p: float, n: int, factor: float = 1.0) -> Row:
    """Return a share of people with its counts."""
    half = 1.96 * math.sqrt(p * (1 - p) / n)
    limits = {"conf_low": max(p - half, 0.0) * factor, "conf_high": min(p + half, 1.0) * factor}
    return {"estimate": p * factor, **limits, "events": round(p * n), "n": n}


def loglog(s: float, greenwood: float) -> Row:
    """Return log-log limits about a share still there."""
    if not 0 < s < 1:
        return {"estimate": s, "std_error": math.nan}
    half = 1.96 * math.sqrt(greenwood) / abs(math.log(s))
    limits = {"conf_low": s ** math.exp(half), "conf_high": s ** math.exp(-half)}
    return {"estimate": s, "std_error": s * math.sqrt(greenwood), **limits}
