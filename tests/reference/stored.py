"""R's stored results and the data they were made on (scripts/ holds the programs, each JSON the package versions)."""

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
LEVELS = {"arm": ["MED", "MTE", "BLOCK"], "sex": ["F", "M"], "visit": ["W04", "W08", "W12", "W26"]}
CLOSED_FORM = 1e-10
ITERATIVE = 1e-6


@cache
def stored(file: str, case: str) -> dict:
    """Return the results of one case of a family."""
    cases = json.loads((HERE / f"{file}.json").read_text())["cases"]
    return next(c["results"] for c in cases if c["id"] == case)


def patients(name: str) -> pd.DataFrame:
    """Return a data set with R's factor levels."""
    data = pd.read_csv(HERE / "data" / f"{name}.csv")
    return data.assign(**{n: pd.Categorical(data[n], levels) for n, levels in LEVELS.items() if n in data})


def r_term(term: str) -> str:
    """Return R's name of a coefficient: armMTE for arm[T.MTE]."""
    return re.sub(r"\[T\.(\w+)\]", r"\1", term).replace("Intercept", "(Intercept)")


def column(records: list[dict], name: str) -> np.ndarray:
    """Return one column of a stored table; NA is inf where it is a df."""
    return np.array([np.inf if r[name] is None else r[name] for r in records])


def agree(actual, expected, rtol: float) -> None:
    """Assert relative agreement, element by element, with no absolute allowance."""
    np.testing.assert_allclose(np.asarray(actual, dtype=float), np.asarray(expected, dtype=float), rtol=rtol, atol=0)
