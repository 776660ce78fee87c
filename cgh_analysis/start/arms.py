"""The arms of a study, made of the levels of the column that says who got what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cgh_analysis.labels import words
from cgh_analysis.start.levels import Level, levels
from cgh_analysis.start.look import Look
from cgh_analysis.start.spelling import an_id, spelt, unlike
from cgh_analysis.study.names import spelling

RARE: Final = 0.02
MOST: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmDraft:
    """An arm; `codes` are texts of the file that stand for it and that its id and label do not say already."""

    id: str
    label: str
    codes: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    named: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """The arms, the names that stand in so few records that they may be synonyms, and whether others are not told.

    `title` is the label of their column, which may say what codes mean.
    """

    arms: tuple[ArmDraft, ...] = ()
    rare: tuple[str, ...] = ()
    untold: bool = False
    title: str = ""


def draft_arms(look: Look) -> Arms:
    """Return the arms that the levels of a column make."""
    found, untold = levels(look)
    total = sum(level.count for level in found)
    rare = [level for level in found if level.count < RARE * total]
    arms: list[ArmDraft] = []
    for level in found:
        if level not in rare:
            arms.append(_arm(level, [arm.id for arm in arms]))
    return Arms(arms=tuple(arms), rare=tuple(level.label for level in rare), untold=untold, title=look.title)


def _arm(level: Level, taken: list[str]) -> ArmDraft:
    number = level.label == level.text and level.text.lstrip("-").isdigit()
    made = unlike(an_id(level.label, "arm"), taken)
    label = words(level.label) if spelt(level.label) == level.label else " ".join(level.label.split())
    known = {spelling(made), spelling(label)}
    if number or level.label != level.text:
        return ArmDraft(
            id=made,
            label=f"TODO {level.text}" if number else label,
            codes=(level.text, *level.others),
            named=not number,
        )
    synonyms = tuple(t for t in (level.text, *level.others) if spelling(t) not in known)
    return ArmDraft(id=made, label=label, synonyms=synonyms)
