"""People looked at on a few days, for tests of what is known of their times only up to intervals."""

import numpy as np
import pandas as pd

DAYS = np.array([28.0, 56.0, 84.0, 182.0, 364.0])


def people(seed, n=120, *, spread=5.0):
    """People looked at about the same days, not all of them to the end; integer days, so that some coincide."""
    rng = np.random.default_rng(seed)
    arm, age = rng.integers(0, 3, n), rng.normal(45, 12, n).round()
    day = 150 * (rng.exponential(size=n) * np.exp(-0.4 * arm - 0.02 * (age - 45))) ** 1.25
    visits = np.sort(DAYS + np.round(rng.uniform(-spread, spread, (n, DAYS.size))), axis=1)
    seen = np.arange(DAYS.size) <= rng.choice(DAYS.size, n, p=[0.05, 0.05, 0.1, 0.1, 0.7])[:, None]
    before = visits < day[:, None]
    return pd.DataFrame(
        {
            "from": np.where(seen & before, visits, 0.0).max(axis=1),
            "to": np.where(seen & ~before, visits, np.inf).min(axis=1),
            "day": np.ceil(day),
            "arm": pd.Categorical.from_codes(arm, ["a", "b", "c"]),
            "age": age,
            "often": rng.integers(1, 4, n),
        }
    )
