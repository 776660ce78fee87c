"""Random numbers that are the same everywhere: uniforms of a fixed generator, everything else by inversion.

numpy promises the stream of a bit generator, not that of its distributions; and one uniform a value means that a change
in one part of the simulation does not shift the draws of another.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Part = Literal["people", "findings", "outcomes", "blanks", "schedule", "leaving", "events", "faults", "arms"]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

SMALLEST: Final = 1e-12


def stream(seed: int, part: Part) -> np.random.Generator:
    """Return the generator of one part of the simulation; parts do not disturb one another."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, get_args(Part).index(part)])))


def uniform(rng: np.random.Generator, *shape: int) -> Floats:
    """Return uniforms, kept off 0 and 1 so that inverses stay finite."""
    return np.clip(rng.random(shape), SMALLEST, 1 - SMALLEST)


def normal(rng: np.random.Generator, *shape: int) -> Floats:
    """Return standard normals by inversion."""
    return np.asarray(ndtri(uniform(rng, *shape)), dtype=np.float64)


def exponential(rng: np.random.Generator, *shape: int) -> Floats:
    """Return unit exponentials by inversion."""
    return -np.log(uniform(rng, *shape))


def happens(rng: np.random.Generator, probability: npt.ArrayLike, people: int) -> Flags:
    """Return for each person whether something of that probability happens."""
    return np.asarray(uniform(rng, people) < np.asarray(probability), dtype=bool)


def pick(rng: np.random.Generator, weights: Floats, people: int) -> Integers:
    """Return one level a person; `weights` is (levels,) or (people, levels) and need not add up to 1."""
    upper = np.cumsum(np.broadcast_to(weights, (people, weights.shape[-1])), axis=1)
    mark = uniform(rng, people)[:, None] * upper[:, -1:]
    return np.asarray((mark > upper[:, :-1]).sum(axis=1), dtype=np.int64)


def expit(x: Floats) -> Floats:
    """Return the inverse logit."""
    return 1 / (1 + np.exp(-x))


def named(levels: tuple[str, ...], codes: Integers) -> Texts:
    """Return the levels' names as an array of text."""
    return np.array(levels, dtype=object)[codes]


def yes_no(flags: Flags) -> Texts:
    """Return flags as the words of the raw files."""
    return named(("no", "yes"), flags.astype(np.int64))
