"""Interval-censored estimators straight from their definitions: clique matrices, EM, lists of permutations; slow."""

import math
from itertools import pairwise, permutations

import numpy as np


def opens(left, right):
    """Where an interval begins on a line on which an exact time is a stretch of its own, just before itself."""
    return (left, 1 if left < right else -1)


def cliques(left, right):
    """Return the maximal intersections as pairs of end points, and the matrix of which interval holds which."""
    starts = {opens(a, b) for a, b in zip(left, right, strict=True)}
    points = sorted(starts | {(b, 0) for b in right})
    found = [(p, q) for p, q in pairwise(points) if p[1] != 0 and q[1] == 0]
    holds = [[opens(a, b) <= p and q <= (b, 0) for p, q in found] for a, b in zip(left, right, strict=True)]
    return found, np.array(holds, dtype=float)


def self_consistent(holds, weight, sides=None, steps=100_000):
    """Return masses at Turnbull's fixed point and the log-likelihood; `sides` are (columns, mass) that are held."""
    sides = sides or [(np.ones(holds.shape[1], dtype=bool), 1.0)]
    p = np.zeros(holds.shape[1])
    for columns, mass in sides:
        p[columns] = mass / columns.sum()
    for _ in range(steps):
        new = p * (weight @ (holds / (holds @ p)[:, None]))
        for columns, mass in sides:
            total = new[columns].sum()
            new[columns] = new[columns] * mass / total if total > 0 else p[columns]
        if np.abs(new - p).max() < 1e-15:
            break
        p = new
    return p, float(weight @ np.log(holds @ p))


def holding(left, right, start, stop):
    """Whether an interval holds all of a stretch; a stretch of one time is that time."""
    if left == right:
        return left == start == stop
    return left < start <= right if start == stop else left <= start and stop <= right


def held_at(left, right, weight, time, s):
    """Return the maximal log-likelihood with S(time) = s: mass may lie in any stretch between any two end points."""
    ends = sorted({0.0, time, math.inf, *left, *right})
    exact = sorted({a for a, b in zip(left, right, strict=True) if a == b})
    stretches = [*pairwise(ends), *((t, t) for t in exact)]
    holds = [[holding(a, b, *stretch) for stretch in stretches] for a, b in zip(left, right, strict=True)]
    before = np.array([b <= time for _, b in stretches])
    return self_consistent(np.array(holds, dtype=float), weight, [(before, 1 - s), (~before, s)])[1]


def permuted_p(score, group):
    """Return the share of all relabellings that are at least as far apart, and count them all."""
    score, group = np.array(score), list(group)
    seen, total, least = None, 0, 0
    for labels in [group, *set(permutations(group))]:
        labels = np.array(labels)
        value = sum((labels == g).sum() * (score[labels == g].mean() - score.mean()) ** 2 for g in set(group))
        if seen is None:
            seen = value
            continue
        total += 1
        least += value >= seen - 1e-9
    return least / total
