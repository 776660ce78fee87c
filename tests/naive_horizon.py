"""Quantities up to a day straight from their definitions: loops over times and people, independent of the package."""

from itertools import pairwise

import numpy as np


def kaplan_meier(time, event, day):
    """Return survival at a day, the area under the curve up to it, and the area's variance (Klein and Moeschberger)."""
    at = sorted(set(time[event]))
    s, area, last, seen = 1.0, 0.0, 0.0, []
    for t in at:
        if t > day:
            break
        area += s * (t - last)
        r, d = (time >= t).sum(), (event & (time == t)).sum()
        s, last = s * (1 - d / r), t
        seen.append((t, r, d))
    area += s * (day - last)
    variance = sum(area_from(time, event, t, day) ** 2 * d / (r * (r - d)) for t, r, d in seen if r > d)
    return s, area, variance


def area_from(time, event, start, day):
    """Return the area under the curve between two times, by small steps of the curve itself."""
    cuts = [start, *[t for t in sorted(set(time[event])) if start < t < day], day]
    return sum(survival(time, event, a) * (b - a) for a, b in pairwise(cuts))


def survival(time, event, day):
    """Return the product over event times until a day."""
    s = 1.0
    for t in sorted(set(time[event])):
        if t <= day:
            s *= 1 - (event & (time == t)).sum() / (time >= t).sum()
    return s


def pseudo_values(time, event, day, quantity):
    """Return n theta - (n - 1) theta(i), each theta(i) computed anew."""
    place = 1 if quantity == "rmst" else 0
    n = len(time)
    theta = kaplan_meier(time, event, day)[place]
    keep = [np.arange(n) != i for i in range(n)]
    return np.array(
        [n * theta - (n - 1) * kaplan_meier(time[k], event[k], day)[place] if n > 1 else theta for k in keep]
    )


def npmle(left, right, steps=20000):
    """Return the cells between all ends, and their masses by EM from an even start; no time is known exactly."""
    ends = [*sorted({0.0, *left, *right[np.isfinite(right)]}), np.inf]
    cells = list(pairwise(ends))
    covers = np.array([[x <= a and b <= y for a, b in cells] for x, y in zip(left, right, strict=True)])
    p = np.full(len(cells), 1 / len(cells))
    for _ in range(steps):
        share = covers * p
        p = (share / share.sum(axis=1, keepdims=True)).mean(axis=0)
    return cells, p


def npmle_area(cells, p, day):
    """Return the least and the most that the mean of min(T, day) can be, given masses of small cells."""
    low = sum(m * min(a, day) for (a, _), m in zip(cells, p, strict=True))
    return low, sum(m * min(b, day) for (_, b), m in zip(cells, p, strict=True))
