"""Regressions of interval-censored times straight from the definition: scipy's laws, loops, numerical derivatives."""

import numpy as np
from scipy import stats

LAWS = {
    "weibull": stats.gumbel_l,
    "exponential": stats.gumbel_l,
    "lognormal": stats.norm,
    "loglogistic": stats.logistic,
}


def aft_rows(law, x, left, right, b, scale):
    """Return each row's log-likelihood; x has the column of ones, scale is one a row."""
    w = LAWS[law]
    out = np.zeros(len(left))
    for i, (low, high) in enumerate(zip(left, right, strict=True)):
        mu = x[i] @ b
        if low == high:
            out[i] = w.logpdf((np.log(low) - mu) / scale[i]) - np.log(scale[i] * low)
        else:
            above = w.sf((np.log(low) - mu) / scale[i]) if low > 0 else 1.0
            beyond = w.sf((np.log(high) - mu) / scale[i]) if np.isfinite(high) else 0.0
            out[i] = np.log(above - beyond)
    return out


def gradient(function, at, step=1e-6):
    """Return central differences of a function of a vector, one row a coordinate."""
    at = np.asarray(at, dtype=float)
    ends = [(at + step * e, at - step * e) for e in np.eye(at.size)]
    return np.array([(np.asarray(function(up)) - np.asarray(function(down))) / (2 * step) for up, down in ends])


def semi_log_likelihood(model, x, left, right, b, times, cumulated):
    """Return the log-likelihood of a baseline that jumps at times to given values, x as it stands."""

    def survival(t, r):
        h = cumulated[times <= t].max(initial=0.0) * r
        return np.exp(-h) if model == "ph" else 1 / (1 + h)

    total = 0.0
    for row, low, high in zip(x, left, right, strict=True):
        r = np.exp(row @ b)
        total += np.log(survival(low, r) - (survival(high, r) if np.isfinite(high) else 0.0))
    return total


def person_intervals(x, left, right, days):
    """Return rows, one a person and interval between visits under observation: who had it there, interval, x."""
    had, interval, covariates = [], [], []
    for row, low, high in zip(x, left, right, strict=True):
        for j in range(len(days)):
            before = days[j - 1] if j else 0.0
            if before < low or (before == low and np.isfinite(high)):
                had.append(float(before == low))
                interval.append(j)
                covariates.append(row)
    return np.array(had), np.array(interval), np.array(covariates)
