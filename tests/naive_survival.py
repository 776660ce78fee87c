"""Survival formulas as the books print them: loops over times and people, slow, and independent of the package."""

import math

import numpy as np


def at_risk(d, t, stratum):
    """Return which rows are at risk at a time of a stratum."""
    return (d["stratum"] == stratum) & (d["entry"] < t) & (d["time"] >= t)


def event_times(d):
    """Yield (stratum, time) of all events."""
    for s in np.unique(d["stratum"]):
        for t in np.unique(d["time"][(d["stratum"] == s) & d["event"]]):
            yield s, t


def slots(d, beta, ties):
    """Yield one dict a death: the risk set's denominator, mean and covariance of x, for Efron's or Breslow's ties."""
    r = d["weight"] * np.exp(d["x"] @ beta)
    for s, t in event_times(d):
        risk = at_risk(d, t, s)
        dead = risk & d["event"] & (d["time"] == t)
        for k in range(dead.sum()):
            f = k / dead.sum() if ties == "efron" else 0.0
            share = r * (risk - f * dead)
            mean = share @ d["x"] / share.sum()
            centred = d["x"] - mean
            yield {
                "stratum": s,
                "time": t,
                "risk": risk,
                "dead": dead,
                "fraction": f,
                "phi": share.sum(),
                "weight": d["weight"][dead].mean(),
                "mean": mean,
                "covariance": (share[:, None] * centred).T @ centred / share.sum(),
            }


def cox(d, beta, ties="efron"):
    """Return log-likelihood, score, information, martingale and score residuals at given coefficients."""
    n, p = d["x"].shape
    eta = d["x"] @ beta
    out = {
        "log_likelihood": (d["weight"] * eta)[d["event"]].sum(),
        "score": (d["weight"][:, None] * d["x"])[d["event"]].sum(axis=0),
        "information": np.zeros((p, p)),
        "martingale": d["event"].astype(float),
        "score_residuals": np.zeros((n, p)),
    }
    for slot in slots(d, beta, ties):
        out["log_likelihood"] -= slot["weight"] * math.log(slot["phi"])
        out["score"] -= slot["weight"] * slot["mean"]
        out["information"] += slot["weight"] * slot["covariance"]
        for i in range(n):
            from_mean = d["x"][i] - slot["mean"]
            part = slot["risk"][i] * (1 - slot["fraction"] * slot["dead"][i])
            hazard = part * slot["weight"] / slot["phi"] * math.exp(eta[i])
            out["martingale"][i] -= hazard
            out["score_residuals"][i] += from_mean * (slot["dead"][i] / slot["dead"].sum() - hazard)
    return out


def predicted(d, beta, covariance, x, stratum, until, ties="efron"):
    """Return the cumulative hazard of covariates x at a time, and its delta-method standard error."""
    hazard, variance, q = 0.0, 0.0, np.zeros(x.size)
    for slot in slots(d, beta, ties):
        if slot["stratum"] == stratum and slot["time"] <= until:
            increment = slot["weight"] / slot["phi"]
            hazard += increment
            variance += slot["weight"] / slot["phi"] ** 2
            q += (x - slot["mean"]) * increment
    level = math.exp(x @ beta)
    return level * hazard, level * math.sqrt(variance + q @ covariance @ q)


def split_at_events(d, g):
    """Return the rows cut at every event time, with covariates x and x g(t): what the test of hazards is a score of."""
    pieces = []
    for s in np.unique(d["stratum"]):
        times = [t for stratum, t in event_times(d) if stratum == s]
        for start, t in zip([-1.0, *times], times, strict=False):
            for i in np.flatnonzero(at_risk(d, t, s)):
                died = bool(d["event"][i] and d["time"][i] == t)
                pieces.append((np.concatenate([d["x"][i], d["x"][i] * g(t)]), start, t, died, s, d["weight"][i]))
    names = ("x", "entry", "time", "event", "stratum", "weight")
    return {name: np.array([piece[k] for piece in pieces]) for k, name in enumerate(names)}


def concordance(score, d):
    """Return the share of comparable pairs that are concordant, ties of the score counting half."""
    agree = pairs = 0.0
    for i in np.flatnonzero(d["event"]):
        for j in range(score.size):
            later = d["time"][j] > d["time"][i] or (d["time"][j] == d["time"][i] and not d["event"][j])
            if later and d["stratum"][i] == d["stratum"][j] and d["entry"][j] < d["time"][i]:
                w = d["weight"][i] * d["weight"][j]
                pairs += w
                agree += w * (1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0)
    return agree / pairs


def kaplan_meier(d, until):
    """Return survival and Greenwood's variance of its log at a time, without strata."""
    survival, variance = 1.0, 0.0
    for s, t in event_times(d):
        if t <= until:
            r = d["weight"][at_risk(d, t, s)].sum()
            died = d["weight"][d["event"] & (d["time"] == t)].sum()
            survival *= 1 - died / r
            variance += died / (r * (r - died)) if r > died else math.inf
    return survival, variance


def cumulative_hazard(d, until, one_by_one=False):
    """Return the sum of d / r over times and of its squares by event; or events of one time one after the other."""
    hazard, variance = 0.0, 0.0
    for s, t in event_times(d):
        if t <= until:
            r = d["weight"][at_risk(d, t, s)].sum()
            weights = d["weight"][d["event"] & (d["time"] == t)]
            for k, w in enumerate(weights):
                left = r - k if one_by_one else r
                hazard += w / left
                variance += w / left**2
    return hazard, variance


def logrank(d, group, weight_at):
    """Return observed less expected events by group and their covariance; weight_at(S(t-), r, S~) weights a time."""
    k = int(group.max()) + 1
    difference, covariance = np.zeros(k), np.zeros((k, k))
    pooled, modified = {}, {}
    for s, t in event_times(d):
        before = pooled.get(s, 1.0)
        risk = at_risk(d, t, s)
        r_g = np.array([(risk & (group == g)).sum() for g in range(k)])
        d_g = np.array([(risk & d["event"] & (d["time"] == t) & (group == g)).sum() for g in range(k)])
        r, died = r_g.sum(), d_g.sum()
        modified[s] = modified.get(s, 1.0) * (1 - died / (r + 1))
        w = weight_at(before, r, modified[s])
        difference += w * (d_g - died * r_g / r)
        if r > 1:
            share = r_g / r
            covariance += w**2 * died * (r - died) / (r - 1) * (np.diag(share) - np.outer(share, share))
        pooled[s] = before * (1 - died / r)
    return difference, covariance
