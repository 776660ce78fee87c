"""How many people share what is known of each of them, and how far that hides them.

Classes are people alike in all quasi-identifiers (Sweeney 2002, k-anonymity: a model for protecting privacy). The risk
of a person is one over the size of the class, for somebody who knows that the person is among the data (prosecutor
risk; El Emam & Dankar 2008, J Am Med Inform Assoc 15:627-637). Its mean over people is the number of classes over the
number of people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray

IntArray = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """The class of each row, and the size of each class."""

    of_row: IntArray
    sizes: IntArray

    @property
    def of_rows(self) -> IntArray:
        """The size of each row's class."""
        sizes: IntArray = self.sizes[self.of_row]
        return sizes


def equivalence_classes(codes: np.ndarray) -> Classes:
    """Return the classes of rows that are alike in all columns of a matrix of codes; without columns all are alike.

    >>> equivalence_classes(np.array([[0, 1], [0, 1], [1, 1]])).sizes.tolist()
    [2, 1]
    """
    group = np.zeros(len(codes), dtype=np.int64)
    for column in codes.T:
        _, place = np.unique(column, return_inverse=True)
        # numbered anew after each column, so that the product cannot overflow
        _, group = np.unique(group * (int(place.max(initial=0)) + 1) + place, return_inverse=True)
    return Classes(of_row=group.astype(np.int64), sizes=np.bincount(group).astype(np.int64))


def diversity(classes: Classes, values: np.ndarray) -> tuple[IntArray, FloatArray]:
    """Return for each class how many values of a sensitive column it holds, and exp of their entropy.

    Distinct and entropy l-diversity (Machanavajjhala et al. 2007, ACM Trans Knowl Discov Data 1:3): the least over the
    classes is the l of the table.

    >>> diversity(equivalence_classes(np.array([[0], [0], [1]])), np.array([5, 6, 5]))[0].tolist()
    [2, 1]
    """
    pairs, counts = np.unique(np.column_stack([classes.of_row, values]), axis=0, return_counts=True)
    of = pairs[:, 0].astype(np.int64)
    share = counts / classes.sizes[of]
    n = len(classes.sizes)
    entropy = np.bincount(of, weights=-share * np.log(share), minlength=n)
    return np.bincount(of, minlength=n).astype(np.int64), np.exp(entropy)


def entropy(codes: np.ndarray) -> float:
    """Return the entropy of a column of codes, in nats.

    >>> round(entropy(np.array([0, 1])), 4)
    0.6931
    """
    _, counts = np.unique(codes, return_counts=True)
    share = counts / max(len(codes), 1)
    return float(-(share * np.log(share)).sum())
