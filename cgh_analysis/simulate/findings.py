"""What the case form says beside the basics: diagnostic items, symptoms, other conditions, what the treatment was."""

from __future__ import annotations

from typing import Final

import numpy as np

from cgh_analysis.simulate.design import ARMS, TYPICAL_AGE
from cgh_analysis.simulate.draw import Flags, Floats, Integers, Texts, expit, happens, named, pick, stream, yes_no
from cgh_analysis.simulate.people import People

RED_FLAGS: Final = ("none", "fracture", "dissection", "rheumatoid_upper_cervical", "chiari", "tumour")
RED_FLAG_SHARES: Final = (0.985, 0.005, 0.004, 0.003, 0.002, 0.001)
IMAGING: Final = ("not_done", "normal", "degenerative", "disc", "fracture", "other")
BLOCK_RESPONSES: Final = ("not_done", "none", "partial", "complete")
BLOCK_SITES: Final = (
    "greater_occipital",
    "lesser_occipital",
    "third_occipital",
    "facet",
    "c2_dorsal_root_ganglion",
    "radiofrequency",
)
# Probability of each symptom, and what migraine adds to it.
SYMPTOMS: Final[dict[str, tuple[float, float]]] = {
    "neck_pain": (0.95, 0.0),
    "neck_stiffness": (0.85, 0.0),
    "shoulder_pain": (0.55, 0.0),
    "arm_pain": (0.25, 0.0),
    "nausea": (0.25, 0.35),
    "photophobia": (0.20, 0.40),
    "phonophobia": (0.18, 0.40),
    "dizziness": (0.30, 0.05),
    "blurred_vision": (0.18, 0.05),
    "starts_in_neck": (0.88, 0.0),
    "throbbing": (0.12, 0.40),
}
# Probability that a person of the arm gets it (order of ARMS).
CONTENT: Final[dict[str, tuple[float, float, float]]] = {
    "manipulation": (0.55, 0, 0),
    "mobilisation": (0.88, 0, 0),
    "soft_tissue": (0.70, 0, 0),
    "dry_needling": (0.22, 0, 0),
    "craniocervical_exercise": (0.92, 0, 0),
    "scapular_exercise": (0.78, 0, 0),
    "stretching": (0.70, 0, 0),
    "posture_education": (0.85, 0, 0),
    "nsaid": (0, 0.68, 0),
    "other_analgesic": (0, 0.42, 0),
    "muscle_relaxant": (0, 0.30, 0),
    "neuromodulator": (0, 0.36, 0),
}
BLANK_CELLS: Final = ("nausea", "photophobia", "phonophobia", "dizziness", "blurred_vision", "symptom_duration_months")
BLANK: Final = 0.01


def findings(who: People, arm: Integers, baseline: dict[str, Floats], seed: int) -> dict[str, Texts]:
    """Return the case form's texts by column; the diagnostic items follow from what was recorded."""
    rng = stream(seed, "findings")
    count = len(who.age)
    migraine = happens(rng, 0.28, count)
    other_headache = migraine & happens(rng, 0.08, count)
    red = named(RED_FLAGS, pick(rng, np.array(RED_FLAG_SHARES), count))
    symptoms = {n: happens(rng, p + extra * migraine, count) for n, (p, extra) in SYMPTOMS.items()}
    out: dict[str, Texts] = {name: yes_no(flags) for name, flags in symptoms.items()}
    out |= {
        "migraine": yes_no(migraine),
        "tension_type": yes_no(happens(rng, 0.20, count)),
        "medication_overuse": yes_no(baseline["medication_days_28d"] >= 15),
        "not_better_accounted": yes_no(~other_headache),
        "red_flag": red,
        "imaging_finding": _imaging(rng, who, red),
        "ipsilateral_neck_arm_pain": yes_no(symptoms["shoulder_pain"] | symptoms["arm_pain"]),
    }
    return out | _cervical_source(rng, who, baseline) | _diagnostic_block(rng, arm) | _content(rng, who, arm)


def blanks(count: int, seed: int) -> dict[str, Flags]:
    """Return which cells of the case form nobody filled in."""
    rng = stream(seed, "blanks")
    return {name: happens(rng, BLANK, count) for name in BLANK_CELLS}


def _cervical_source(rng: np.random.Generator, who: People, baseline: dict[str, Floats]) -> dict[str, Texts]:
    """ICHD and CHISG items; motion is restricted where the worse rotation lies below what the age would allow."""
    count = len(who.age)
    worse = np.minimum(baseline["rom_rotation_left_deg"], baseline["rom_rotation_right_deg"])
    restricted = worse < 70 - 0.3 * who.years
    movement, pressure = happens(rng, 0.88, count), happens(rng, 0.80, count)
    known_cause = np.where(who.onset == "none_known", 0.82, 0.97)
    return {
        "lesion_evidence": yes_no(happens(rng, 0.98, count)),
        "temporal_relation": yes_no(happens(rng, known_cause, count)),
        "restricted_rom": yes_no(restricted),
        "provoked_by_movement": yes_no(movement),
        "provoked_by_pressure": yes_no(pressure),
        "reduced_rom_and_provocation": yes_no(restricted & (movement | pressure)),
        "clinical_signs_neck_source": yes_no(happens(rng, 0.96, count)),
    }


def _diagnostic_block(rng: np.random.Generator, arm: Integers) -> dict[str, Texts]:
    """Blocks are a diagnostic test too, and mostly done where they are the treatment: the circularity of ICHD-3 C4."""
    count = len(arm)
    done = np.array([0.06, 0.12, 0.80])[arm]
    shares = np.column_stack([1 - done, 0.12 * done, 0.30 * done, 0.58 * done])
    response = named(BLOCK_RESPONSES, pick(rng, shares, count))
    complete = response == "complete"
    return {
        "block_response": response,
        "block_abolishes": yes_no(complete),
        "controlled_block_abolishes": yes_no(complete & happens(rng, 0.35, count)),
    }


def _imaging(rng: np.random.Generator, who: People, red: Texts) -> Texts:
    count = len(who.age)
    done = happens(rng, 0.65, count)
    degenerate = expit((who.years + TYPICAL_AGE - 60) / 8)
    chances = np.column_stack(
        [
            np.zeros(count),
            0.9 * (1 - degenerate),
            np.where(who.onset == "spondylosis_arthritis", 6.0, degenerate),
            np.where(who.onset == "disc", 6.0, 0.05),
            np.zeros(count),
            np.full(count, 0.05),
        ]
    )
    found = named(IMAGING, pick(rng, chances, count))
    return np.where(red == "fracture", "fracture", np.where(done, found, "not_done")).astype(object)


def _content(rng: np.random.Generator, who: People, arm: Integers) -> dict[str, Texts]:
    """What the arm consisted of: at least the arm's usual item, and acute necks are rarely manipulated."""
    count = len(arm)
    given = {name: happens(rng, np.array(shares)[arm], count) for name, shares in CONTENT.items()}
    given["manipulation"] &= (who.duration >= 1) | happens(rng, 0.4, count)
    given["mobilisation"] |= (arm == ARMS.index("manual_exercise")) & ~given["manipulation"]
    drugs = given["other_analgesic"] | given["muscle_relaxant"] | given["neuromodulator"]
    given["nsaid"] |= (arm == ARMS.index("medication")) & ~drugs
    site = named(BLOCK_SITES, pick(rng, np.array([0.40, 0.10, 0.16, 0.16, 0.08, 0.10]), count))
    blocked = np.where(arm == ARMS.index("nerve_block"), site, "none").astype(object)
    return {**{name: yes_no(flags) for name, flags in given.items()}, "block_site": blocked}
