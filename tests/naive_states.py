"""Competing events and states as the papers print them: loops over times and people, independent of the package."""

import numpy as np


def aalen_johansen(d, until, weight=None):
    """Return shares (1 + K,) event-free and by cause at a time: the product of matrices of transition shares."""
    w = d["weight"] if weight is None else weight
    n_causes = int(d["cause"].max())
    p = np.eye(n_causes + 1)[0]
    for t in np.unique(d["time"][d["cause"] > 0]):
        if t <= until:
            risk = (d["entry"] < t) & (d["time"] >= t)
            step = np.eye(n_causes + 1)
            for k in range(1, n_causes + 1):
                step[0, k] = w[risk & (d["time"] == t) & (d["cause"] == k)].sum() / w[risk].sum()
            step[0, 0] = 1 - step[0, 1:].sum()
            p = p @ step
    return p


def occupation(h, until, weight):
    """Return shares (S,) in each state at a time, people weighted; stays as in the package's Histories."""
    first = h.start == h.start.min()
    w = weight[h.person]
    p = np.array([w[first & (h.origin == s)].sum() for s in range(h.n_states)]) / w[first].sum()
    for t in np.unique(h.stop[h.origin != h.destination]):
        if t <= until:
            step = np.eye(h.n_states)
            for s in range(h.n_states):
                risk = (h.start < t) & (h.stop >= t) & (h.origin == s)
                if risk.any():
                    to = np.where(h.stop == t, h.destination, h.origin)
                    step[s] = [w[risk & (to == other)].sum() / w[risk].sum() for other in range(h.n_states)]
            p = p @ step
    return p


def influence(estimate, weight):
    """Return the derivative (n, ...) of an estimate to each weight, by central differences."""
    eps = 1e-5
    steps = np.eye(weight.size) * eps
    return np.array([(estimate(weight + s) - estimate(weight - s)) / (2 * eps) for s in steps])


def gray(d, of, rho=0.0):
    """Return the score and covariance of Gray's (1988) test, group by group and time by time, within one stratum."""
    groups = range(int(d["group"].max()) + 1)
    times = np.unique(d["time"][d["cause"] > 0])
    at = {(r, j): ((d["time"] >= t) & (d["group"] == r)).sum() for r in groups for j, t in enumerate(times)}
    event = {
        (r, j, k): ((d["time"] == t) & (d["group"] == r) & (d["cause"] == k)).sum()
        for r in groups
        for j, t in enumerate(times)
        for k in (1, 2)
    }
    s_before, s_after, f_before = {}, {}, {}
    for r in groups:
        s, f = 1.0, 0.0
        for j in range(times.size):
            s_before[r, j], f_before[r, j] = s, f
            if at[r, j]:
                f += s * event[r, j, of] / at[r, j]
                s *= 1 - (event[r, j, 1] + event[r, j, 2]) / at[r, j]
            s_after[r, j] = s
    h = {(r, j): at[r, j] / s_before[r, j] if at[r, j] else 0.0 for r in groups for j in range(times.size)}
    total = [sum(h[r, j] for r in groups) for j in range(times.size)]
    deaths = [sum(event[r, j, of] for r in groups) for j in range(times.size)]
    step = [deaths[j] / total[j] if total[j] else 0.0 for j in range(times.size)]
    g_after = 1 - np.cumsum(step)
    g_before = g_after + step
    weight = np.maximum(g_before, 0) ** rho
    modified = {(r, j): h[r, j] * (1 - f_before[r, j]) for r in groups for j in range(times.size)}
    score = np.zeros(len(groups))
    variance = np.zeros((len(groups), len(groups)))

    def dd(k, r, j):
        share = h[k, j] / total[j] if total[j] else 0.0
        return weight[j] * h[r, j] * ((k == r) - share)

    for j in range(times.size):
        everybody = sum(modified[r, j] for r in groups)
        for k in groups:
            if everybody:
                score[k] += weight[j] * (event[k, j, of] - modified[k, j] * deaths[j] / everybody)
        for r in groups:
            if not at[r, j]:
                continue
            later = [
                sum(dd(k, r, i) * step[i] / g_before[i] for i in range(j + 1, times.size) if g_before[i] > 0)
                for k in groups
            ]
            ratio = g_after[j] / s_after[r, j] if s_after[r, j] > 0 else 0.0
            own = np.array([dd(k, r, j) + (s_after[r, j] > 0) * (1 - ratio) * later[k] for k in groups])
            other = np.array([ratio * later[k] for k in groups])
            n, m = total[j] * s_before[r, j], event[r, j, 3 - of]
            tied = 1 - (deaths[j] - 1) / (n - 1) if deaths[j] > 1 else 1.0
            variance += np.outer(own, own) * step[j] / h[r, j] * tied
            tied = 1 - (m - 1) / (at[r, j] - 1) if m > 1 else 1.0
            variance += np.outer(other, other) * m / h[r, j] ** 2 * tied
    return score, variance


def censoring_before(d, group, t):
    """Return Kaplan and Meier's curve of censoring of a group just before a time; 0 after its last time."""
    own = d["group"] == group
    if t > d["time"][own].max():
        return 0.0
    g = 1.0
    for u in np.unique(d["time"][own & (d["cause"] == 0)]):
        if u < t:
            lost = (own & (d["time"] == u) & (d["cause"] == 0)).sum()
            g *= 1 - lost / (own & (d["time"] >= u)).sum()
    return g


def subdistribution(d, beta, of=1):
    """Return Fine and Gray's log pseudo-likelihood, score, information and influence with explicit weights."""
    n, p = d["x"].shape
    times = np.unique(d["time"][d["cause"] == of])
    weight = np.zeros((n, times.size))
    for i in range(n):
        for j, t in enumerate(times):
            if d["time"][i] >= t:
                weight[i, j] = 1.0
            elif d["cause"][i] not in (0, of):
                here, then = (censoring_before(d, d["group"][i], u) for u in (t, d["time"][i]))
                weight[i, j] = here / then
    r = weight * np.exp(d["x"] @ beta)[:, None]
    s0 = r.sum(axis=0)
    mean = (r.T @ d["x"]) / s0[:, None]
    dead = np.array([((d["time"] == t) & (d["cause"] == of)).sum() for t in times])
    out = {"log_likelihood": 0.0, "score": np.zeros(p), "information": np.zeros((p, p))}
    out |= {"times": times, "hazard": np.cumsum(dead / s0), "influence": np.zeros((n, p))}
    martingale = np.zeros((n, times.size))
    for j, t in enumerate(times):
        own = (d["time"] == t) & (d["cause"] == of)
        out["log_likelihood"] += (d["x"][own] @ beta).sum() - dead[j] * np.log(s0[j])
        centred = d["x"] - mean[j]
        out["score"] += centred[own].sum(axis=0)
        out["information"] += dead[j] * (r[:, j, None] * centred).T @ centred / s0[j]
        martingale[:, j] = own - r[:, j] * dead[j] / s0[j]
        out["influence"] += centred * martingale[:, j, None]
    integrand = (d["x"][:, None, :] - mean[None]) * martingale[:, :, None]
    out["influence"] += of_censoring(d, of, times, integrand)
    # with b known, what each person adds to the baseline's cumulative hazard at each time
    adds = martingale / s0
    out["increments"] = np.column_stack(
        [
            adds[:, : j + 1].sum(axis=1) + of_censoring(d, of, times[: j + 1], adds[:, : j + 1, None])[:, 0]
            for j in range(times.size)
        ]
    )
    out["mean"] = mean
    return out


def of_censoring(d, of, times, integrand):
    """Return psi (n, p): q(u) / pi(u) integrated over each person's censoring martingale (Fine and Gray 1999)."""
    n = d["time"].size
    psi = np.zeros((n, integrand.shape[2]))
    competing = (d["cause"] != 0) & (d["cause"] != of)
    for g in np.unique(d["group"]):
        own = d["group"] == g
        for u in np.unique(d["time"][own & (d["cause"] == 0)]):
            at, lost = own & (d["time"] >= u), own & (d["time"] == u) & (d["cause"] == 0)
            lingering = own & competing & (d["time"] < u)
            later = times >= u
            q = -sum(
                (integrand[i][later & (times > d["time"][i])].sum(axis=0) for i in np.flatnonzero(lingering)),
                np.zeros(integrand.shape[2]),
            )
            psi[lost] += q / at.sum()
            psi[at] -= q * lost.sum() / at.sum() ** 2
    return psi
