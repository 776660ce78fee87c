"""How easily people could be found out by what everybody may know of them: k-anonymity, l-diversity, risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.frames import check_frame, plain, row_labels
from cgh_analysis.numerics.reidentification import Classes, diversity, equivalence_classes
from cgh_analysis.privacy.generalise import BAND, Mend, ladder, meets, mend

AGE: Final = "age_years"
BAND_WIDTH: Final = 10
# what regulators ask of data that are made public: EMA/90915/2016 (guidance on Policy 0070) and Health Canada's Public
# Release of Clinical Information (2019) both recommend it; it is 1/11 to two digits, so that classes of 11 meet it
THRESHOLD: Final = 0.09
FEWEST: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class KAnonymity:
    """What a table says of the people in it.

    `smallest` is the k of the table; rows are `at_risk` whose class is smaller than `needed`, the size that meets both
    `k` and the risk `threshold`. `maximum_risk` is that of the most exposed person, `global_risk` the mean over all.
    `diversity` has, for each sensitive column, the least number of values (and exp of the entropy) in a class. `mend`
    is the cheapest generalisation that would do; None where the table does already, or none would.
    """

    quasi_identifiers: tuple[str, ...]
    n: int
    classes: int
    smallest: int
    k: int
    needed: int
    at_risk: int
    threshold: float
    maximum_risk: float
    global_risk: float
    met: bool
    diversity: dict[str, tuple[int, float]]
    sizes: pd.DataFrame
    mend: Mend | None
    rows_at_risk: pd.Index

    @property
    def frame(self) -> pd.DataFrame:
        """The result as a table of measures; it names nobody."""
        rows: list[tuple[str, Any]] = [
            ("people", self.n),
            ("classes", self.classes),
            ("smallest class (k)", self.smallest),
            ("people at risk", self.at_risk),
            ("maximum risk", self.maximum_risk),
            ("global risk", self.global_risk),
        ]
        for name, (distinct, entropy) in self.diversity.items():
            rows += [(f"l of {name}, distinct", distinct), (f"l of {name}, entropy", entropy)]
        return pd.DataFrame(rows, columns=["measure", "value"]).astype({"value": "float64"})

    def _repr_html_(self) -> str:
        return f"{self.frame.to_html(index=False)}<p>{self.words}</p>"

    def __repr__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """The result in sentences, without a person's row."""
        known = ", ".join(self.quasi_identifiers)
        told = [
            f"By {known} the {self.n} people make {self.classes} classes, the smallest of {self.smallest}.",
            f"The risk of being found out is {self.maximum_risk:.2g} at most and {self.global_risk:.2g} on average;"
            f" {self.at_risk} of {self.n} are in classes of fewer than {self.needed}.",
        ]
        told += [
            f"Within a class {name} takes {distinct} value{'s' if distinct > 1 else ''} at least."
            for name, (distinct, _) in self.diversity.items()
        ]
        if self.met:
            told.append(f"That meets k = {self.k} and an average risk of {self.threshold:g}.")
        elif self.mend is not None:
            told.append(
                f"k = {self.k} and an average risk of {self.threshold:g} would be met by: {_to_do(self.mend)}"
                f" ({self.mend.classes} classes, the smallest of {self.mend.smallest};"
                f" loss {self.mend.loss:.0%})."
            )
        else:
            told.append(f"No generalisation meets k = {self.k} and an average risk of {self.threshold:g}.")
        return " ".join(told)


def k_anonymity(
    data: pd.DataFrame,
    quasi_identifiers: Sequence[str] = (BAND, "sex", "site", "side"),
    sensitive: Sequence[str] = (),
    *,
    k: int = FEWEST,
    threshold: float = THRESHOLD,
    sampling_fraction: float = 1.0,
) -> KAnonymity:
    """Return how many people share what is known of each, the risk that follows, and what would mend it.

    `data` has one row a person. `age_band` may be named where the data have `age_years`: bands of ten years. A missing
    value is a value of its own. Where the data are a random sample of everybody who could be meant, `sampling_fraction`
    of them, and nobody knows who was drawn, each risk is that share of it (a class of the sample stands for one that is
    so much larger). Raises ArgumentError for columns that are not there, for infinite values, and for no rows.

    >>> people = pd.DataFrame({"sex": ["female"] * 6 + ["male"] * 5, "site": ["A"] * 10 + ["B"]})
    >>> found = k_anonymity(people, ["sex", "site"])
    >>> found.classes, found.smallest, found.at_risk, round(found.global_risk, 3)
    (3, 1, 11, 0.273)
    """
    names, sensitive = list(quasi_identifiers), list(sensitive)
    _check(data, names, sensitive, k, threshold, sampling_fraction)
    columns = {name: _column(data, name) for name in names}
    codes = np.column_stack([pd.factorize(c, use_na_sentinel=False)[0] for c in columns.values()])
    classes = equivalence_classes(codes)
    # the risk that is declared, to the size of a class: 0.09 is 1/11 to two digits
    large = max(int(sampling_fraction / threshold + 1e-9), 1)
    most_classes = 1 / large
    needed = max(k, large)
    met = meets(classes.sizes, k=k, most_classes=most_classes)
    ladders = [] if met else [ladder(column, name) for name, column in columns.items()]
    risky = classes.of_rows < needed
    return KAnonymity(
        quasi_identifiers=tuple(names),
        n=len(data),
        classes=len(classes.sizes),
        smallest=int(classes.sizes.min()),
        k=k,
        needed=needed,
        at_risk=int(risky.sum()),
        threshold=threshold,
        maximum_risk=float(sampling_fraction / classes.sizes.min()),
        global_risk=float(sampling_fraction * len(classes.sizes) / len(data)),
        met=met,
        diversity={name: _least(classes, _column(data, name)) for name in sensitive},
        sizes=_sizes(classes),
        mend=mend(ladders, k=k, most_classes=most_classes) if ladders else None,
        rows_at_risk=data.index[risky],
    )


def _to_do(found: Mend) -> str:
    out = f"{found.left_out} people left out" if found.left_out else ""
    return ", ".join(filter(None, (*found.steps, out)))


def _check(
    data: pd.DataFrame, names: list[str], sensitive: list[str], k: int, threshold: float, sampling_fraction: float
) -> None:
    check_frame(data, [n for n in (*names, *sensitive) if not (n == BAND and n not in data and AGE in data)])
    if not names or not len(data):
        raise ArgumentError("There is nothing to compare people by.", remedy="Give rows, and quasi_identifiers.")
    if len(set(names)) < len(names) or set(names) & set(sensitive):
        raise ArgumentError("A column is named twice.", remedy="Name each once, as what is known or as sensitive.")
    if k < 1 or not 0 < threshold <= 1 or not 0 < sampling_fraction <= 1:
        raise ArgumentError(
            "k is 1 or more; threshold and sampling_fraction lie between 0 and 1.", remedy="Mend what is out of range."
        )


def _column(data: pd.DataFrame, name: str) -> pd.Series:
    if name == BAND and name not in data:
        years = _finite(plain(data[AGE]))
        return (np.floor(years / BAND_WIDTH) * BAND_WIDTH).rename(BAND)
    return _finite(plain(data[name]))


def _finite(values: pd.Series) -> pd.Series:
    if values.dtype.kind == "f" and np.isinf(values.to_numpy(dtype="float64")).any():
        rows = values.index[np.isinf(values.to_numpy(dtype="float64"))]
        raise ArgumentError(f"{values.name!r} is infinite in {row_labels(rows)}.", remedy="Leave such rows out.")
    return values


def _least(classes: Classes, values: pd.Series) -> tuple[int, float]:
    distinct, entropy = diversity(classes, pd.factorize(values, use_na_sentinel=False)[0])
    return int(distinct.min()), float(entropy.min())


def _sizes(classes: Classes) -> pd.DataFrame:
    sizes, count = np.unique(classes.sizes, return_counts=True)
    return pd.DataFrame({"size": sizes, "classes": count, "people": sizes * count})
