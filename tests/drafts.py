"""Files as clinics send them, made up, and the drafts that `cgh init` makes of them."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from cgh_analysis.start import Files, init_study

Rows = dict[str, list[Any]]
ARMS = ("Manual therapy", "Medication", "Nerve block")


def people(n: int = 45, **more: Any) -> Rows:
    """One record a patient, with the names that clinics give; `more` are further columns."""
    draw = np.random.default_rng(7)
    return {
        "subject": [f"P{i:03d}" for i in range(n)],
        "Group": [ARMS[i % 3] for i in range(n)],
        "Age": draw.integers(20, 80, n).tolist(),
        "Gender": [("F", "M")[i % 2] for i in range(n)],
        **more,
    }


def numbers(n: int, low: int, high: int, seed: int = 1) -> list[int]:
    """Whole numbers between two, both of which occur."""
    return [low, high, *np.random.default_rng(seed).integers(low, high + 1, n - 2).tolist()]


def write(path: Path, rows: Rows, separator: str = ",") -> Path:
    """Write a text file of columns."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator, lineterminator="\n")
        writer.writerow(rows)
        writer.writerows(zip(*rows.values(), strict=True))
    return path


def draft(folder: Path, rows: Rows | Path, **more: Any) -> tuple[dict[str, Any], str]:
    """Draft a study of one file, and return its content and its text."""
    file = rows if isinstance(rows, Path) else write(folder / "clinic.csv", rows)
    text = init_study(Files(file=file, **more), folder / "study.toml").read_text(encoding="utf-8")
    return tomllib.loads(text), text


def answered(text: str) -> str:
    """A draft as somebody leaves it who takes every suggestion."""
    lines = [line.split("  # TODO")[0] if not line.startswith("#") else line for line in text.splitlines()]
    return "\n".join(lines).replace('title = "TODO"', 'title = "A comparison"') + "\n"
