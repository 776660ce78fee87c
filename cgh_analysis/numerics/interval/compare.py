"""Two groups' survival at one time compared by likelihood: the difference, the ratio, their limits, and equality.

For each value of the contrast both groups are put where together they are likeliest; the loss from the maximum is held
against chi-square on one degree of freedom (see `profile` for when that law is exact, and when on the safe side).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from scipy import stats

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.interval.profile import At, Point, chi_square_level, profile, reached

Of = Literal["survival", "resolved"]

MAX_STEPS: Final = 60
# a slope this small, per root of the information, costs no digit of the likelihood that is used
FLAT: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A contrast of two groups at one time, `low` and `high` what the NPMLEs leave open, limits, test of equality."""

    estimate: float
    low: float
    high: float
    conf_low: float
    conf_high: float
    statistic: float
    p_value: float


@dataclass(frozen=True, slots=True)
class _Line:
    """The probabilities of two groups under one value of a contrast: origin + u x direction, u in [0, longest]."""

    origin: tuple[float, float]
    direction: tuple[float, float]
    longest: float

    def at(self, u: float) -> tuple[float, float]:
        """Return both probabilities, kept within 0 and 1 against rounding."""
        x, y = (min(max(o + u * d, 0.0), 1.0) for o, d in zip(self.origin, self.direction, strict=True))
        return x, y


def difference(one: At, other: At, *, of: Of = "survival", conf_level: float = 0.95) -> Compared:
    """Compare P(one) - P(other), P being survival at the time of both samples, or resolution by then (1 - S)."""

    def line(value: float) -> _Line:
        return _Line((max(value, 0.0), max(-value, 0.0)), (1.0, 1.0), 1 - abs(value))

    def along(value: float, u: float, slopes: tuple[float, float]) -> float:
        # at its end, a line that grows shorter takes the other probability along
        at_end = u == line(value).longest
        return slopes[0] if (value >= 0) != at_end else -slopes[1]

    pair = _Pair(one, other, of)
    (a, a_low, a_high), (b, b_low, b_high) = pair.estimates()
    low, high = a_low - b_high, a_high - b_low
    level = chi_square_level(conf_level)
    loss = pair.loss(line, along)
    return pair.compared(a - b, (low, high), (reached(loss, low, -1.0, level), reached(loss, high, 1.0, level)))


def ratio(one: At, other: At, *, of: Of = "survival", conf_level: float = 0.95) -> Compared:
    """Compare P(one) / P(other), P being survival at the time of both samples, or resolution by then (1 - S).

    Infinite where nothing speaks against P(other) = 0, NaN where both are 0. Searched as an angle, so that neither
    group is the better denominator.
    """

    def line(angle: float) -> _Line:
        direction = (float(np.sin(angle)), float(np.cos(angle)))
        return _Line((0.0, 0.0), direction, 1 / max(direction))

    def along(angle: float, u: float, slopes: tuple[float, float]) -> float:
        sine, cosine = line(angle).direction
        if u == line(angle).longest:  # one of the two is 1 there, and stays so
            return -slopes[1] / sine**2 if sine > cosine else slopes[0] / cosine**2
        return u * (slopes[0] * cosine - slopes[1] * sine)

    pair = _Pair(one, other, of)
    (a, a_low, a_high), (b, b_low, b_high) = pair.estimates()
    if a_high == 0 and b_high == 0:
        raise NotEstimable("both probabilities are estimated as 0, which have no ratio")
    low, high = float(np.arctan2(a_low, b_high)), float(np.arctan2(a_high, b_low))
    level = chi_square_level(conf_level)
    loss = pair.loss(line, along)
    ends = reached(loss, low, 0.0, level), reached(loss, high, np.pi / 2, level)
    return pair.compared(_over(a, b), (_tangent(low), _tangent(high)), (_tangent(ends[0]), _tangent(ends[1])))


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two samples seen at one time, as probabilities of survival or of resolution; `recent` is where each was last."""

    one: At
    other: At
    of: Of
    recent: list[Point | None] = field(default_factory=lambda: [None, None])

    def estimates(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Return estimate, least and most of each."""
        if self.one.time != self.other.time:
            raise ValueError("the two samples are seen at different times")
        pairs = [(s.estimate, s.low, s.high) for s in (self.one, self.other)]
        if self.of == "resolved":
            pairs = [(1 - e, 1 - high, 1 - low) for e, low, high in pairs]
        return pairs[0], pairs[1]

    def points(self, line: _Line, u: float) -> tuple[float, tuple[float, float]]:
        """Return the log-likelihood of both at a place on a line, and its slopes in the two probabilities."""
        found: list[Point] = []
        for sample, p, start in zip((self.one, self.other), line.at(u), self.recent, strict=True):
            found.append(profile(sample, p if self.of == "survival" else 1 - p, start))
        self.recent[:] = found
        sign = 1 if self.of == "survival" else -1
        return sum(p.log_likelihood for p in found), (sign * found[0].slope, sign * found[1].slope)

    def loss(
        self, line: Callable[[float], _Line], along: Callable[[float, float, tuple[float, float]], float]
    ) -> Callable[[float], tuple[float, float]]:
        """Return the loss in the likelihood of a value of the contrast, and its derivative."""
        most = self.one.log_likelihood + self.other.log_likelihood

        def found(value: float) -> tuple[float, float]:
            u, log_likelihood, slopes = self.best(line(value))
            return 2 * (most - log_likelihood), -2 * along(value, u, slopes)

        return found

    def best(self, line: _Line) -> tuple[float, float, tuple[float, float]]:
        """Climb along a line, on which the log-likelihood is concave, by the sign and size of its slope."""
        low, high = 0.0, line.longest
        seen: list[tuple[float, float]] = []
        u, bend = self.guess(line)
        value, slopes = self.points(line, u)
        flat = FLAT * np.sqrt(self.one.runs.weight.sum() + self.other.runs.weight.sum())
        for _ in range(MAX_STEPS):
            slope = slopes[0] * line.direction[0] + slopes[1] * line.direction[1]
            outward = (u == 0 and slope <= 0) or (u == line.longest and slope >= 0)
            if line.longest == 0 or outward or abs(slope) <= flat or high - low < 1e-13 * line.longest:
                break
            low, high = (u, high) if slope > 0 else (low, u)
            seen.append((u, slope))
            u = _next(seen, low, high, bend)
            value, slopes = self.points(line, u)
        return u, value, slopes

    def guess(self, line: _Line) -> tuple[float, float]:
        """Return where the maximum would be if both estimates were binomial proportions, and the bend there."""
        number = np.array([sample.runs.weight.sum() for sample in (self.one, self.other)])
        p = np.array([(low + high) / 2 for _, low, high in self.estimates()])
        bend = number / (p * (1 - p) + 1 / number)
        origin, direction = np.array(line.origin), np.array(line.direction)
        total = float(bend @ direction**2)
        u = float((bend * direction) @ (p - origin)) / total
        return min(max(u, 0.0), line.longest), total

    def compared(self, estimate: float, open_: tuple[float, float], ends: tuple[float, float]) -> Compared:
        """Put a contrast together with the test that the two probabilities are equal."""
        _, log_likelihood, _ = self.best(_Line((0.0, 0.0), (1.0, 1.0), 1.0))
        statistic = max(2 * (self.one.log_likelihood + self.other.log_likelihood - log_likelihood), 0.0)
        return Compared(
            estimate=estimate,
            low=open_[0],
            high=open_[1],
            conf_low=ends[0],
            conf_high=ends[1],
            statistic=statistic,
            p_value=float(stats.chi2.sf(statistic, 1)),
        )


def _next(seen: list[tuple[float, float]], low: float, high: float, bend: float) -> float:
    """Return where to look for a slope of zero: along the last chord; after three on one side, at that side's end."""
    if len(seen) == 3 and len({slope > 0 for _, slope in seen}) == 1:
        return high if seen[-1][1] > 0 else low
    y, g = seen[-1]
    if len(seen) > 1:
        x, f = seen[-2]
        bend = (f - g) / (y - x) if np.isfinite(f) and np.isfinite(g) else np.nan
    new = y + g / bend if bend > 0 else np.nan
    return new if low < new < high else (low + high) / 2


def _over(a: float, b: float) -> float:
    return a / b if b > 0 else np.inf if a > 0 else np.nan


def _tangent(angle: float) -> float:
    return float(np.tan(angle)) if angle < np.pi / 2 else np.inf
