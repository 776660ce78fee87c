"""The canonical tables: each column's type, unit, range and codes. Every reader ends here, every check starts here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from cgh_analysis.instruments import INSTRUMENTS

Kind = Literal["text", "category", "number", "integer", "flag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; a flag is yes/no; `codes` empty on a category means that the study declares them or any text goes."""

    name: str
    kind: Kind
    label: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    codes: tuple[str, ...] = ()
    required: bool = False
    about: str = ""


def _flags(about: str, **labels: str) -> tuple[Column, ...]:
    return tuple(Column(name=n, kind="flag", label=label, about=about) for n, label in labels.items())


PERSON: Final = (
    Column(name="patient_id", kind="text", label="Patient", required=True, about="pseudonym; never a record number"),
    Column(name="site", kind="category", label="Site"),
    Column(name="arm", kind="category", label="Treatment arm", required=True, about="one of the study's arms"),
    Column(
        name="age_years", kind="integer", label="Age", unit="years", low=1, high=90, about="90 stands for 90 and over"
    ),
    Column(name="sex", kind="category", label="Sex", codes=("female", "male", "other")),
)
COMPLAINT: Final = (
    Column(name="symptom_duration_months", kind="number", label="Symptom duration", unit="months", low=0, high=1080),
    Column(
        name="chronicity",
        kind="category",
        label="Chronicity",
        codes=("acute", "subacute", "chronic"),
        about="acute < 1 month, subacute 1-3, chronic > 3; derived from the duration where it is not given",
    ),
    Column(
        name="onset",
        kind="category",
        label="Cause",
        codes=("whiplash", "other_trauma", "posture_work", "spondylosis_arthritis", "disc", "none_known"),
    ),
    Column(name="side", kind="category", label="Side", codes=("left", "right", "bilateral")),
    *_flags("complaint", side_locked="Side-locked (no side-shift)"),
)
DIAGNOSIS: Final = (
    *_flags(
        "ICHD-3 11.2.1",
        lesion_evidence="Evidence of a cervical lesion (B)",
        temporal_relation="Developed in temporal relation to the lesion (C1)",
        parallel_improvement="Improved in parallel with the lesion (C2)",
        reduced_rom_and_provocation="Reduced ROM and worse on provocation (C3)",
        block_abolishes="Abolished by diagnostic block (C4)",
        not_better_accounted="Not better accounted for by another diagnosis (D)",
    ),
    *_flags(
        "ICHD-2",
        clinical_signs_neck_source="Clinical signs implicating the neck",
        controlled_block_abolishes="Abolished by a block with adequate controls",
    ),
    *_flags(
        "CHISG",
        provoked_by_movement="Provoked by neck movement or awkward posture (Ia1)",
        provoked_by_pressure="Provoked by external pressure (Ia2)",
        restricted_rom="Restricted range of motion (Ib)",
        ipsilateral_neck_arm_pain="Ipsilateral neck, shoulder or arm pain (Ic)",
    ),
    Column(
        name="imaging_finding",
        kind="category",
        label="Imaging",
        codes=("not_done", "normal", "degenerative", "disc", "fracture", "other"),
    ),
    Column(
        name="block_response",
        kind="category",
        label="Diagnostic block",
        codes=("not_done", "none", "partial", "complete"),
    ),
)
SYMPTOMS: Final = _flags(
    "symptom",
    neck_pain="Neck pain",
    neck_stiffness="Neck stiffness",
    shoulder_pain="Shoulder pain",
    arm_pain="Arm pain",
    nausea="Nausea",
    photophobia="Photophobia",
    phonophobia="Phonophobia",
    dizziness="Dizziness",
    blurred_vision="Blurred vision",
    starts_in_neck="Pain starts in the neck",
    throbbing="Throbbing pain",
)
OTHER_CONDITIONS: Final = (
    *_flags("comorbidity", migraine="Migraine", tension_type="Tension-type headache"),
    *_flags("comorbidity", medication_overuse="Medication overuse"),
    Column(
        name="red_flag",
        kind="category",
        label="Red flag",
        codes=(
            "none",
            "dissection",
            "posterior_fossa",
            "tumour",
            "fracture",
            "infection",
            "rheumatoid_upper_cervical",
            "chiari",
        ),
    ),
)
TREATMENT: Final = (
    *_flags(
        "manual therapy",
        manipulation="Manipulation",
        mobilisation="Mobilisation",
        soft_tissue="Soft-tissue work",
        dry_needling="Dry needling",
    ),
    *_flags(
        "exercise",
        craniocervical_exercise="Craniocervical exercise",
        scapular_exercise="Scapular exercise",
        stretching="Stretching",
        posture_education="Posture education",
    ),
    *_flags(
        "medication",
        nsaid="NSAID",
        other_analgesic="Other analgesic",
        muscle_relaxant="Muscle relaxant",
        neuromodulator="Neuromodulator",
    ),
    Column(
        name="block_site",
        kind="category",
        label="Block site",
        codes=(
            "none",
            "greater_occipital",
            "lesser_occipital",
            "third_occipital",
            "facet",
            "c2_dorsal_root_ganglion",
            "radiofrequency",
        ),
    ),
)
CASES: Final = (*PERSON, *COMPLAINT, *DIAGNOSIS, *SYMPTOMS, *OTHER_CONDITIONS, *TREATMENT)

VISITS: Final = (
    Column(name="patient_id", kind="text", label="Patient", required=True),
    Column(name="visit", kind="category", label="Visit", required=True, about="one of the study's visits"),
    Column(name="day", kind="integer", label="Day", unit="days since baseline", low=0, high=3660),
    *(
        Column(
            name=name,
            kind="integer" if i.integer else "number",
            label=i.label,
            unit=i.unit,
            low=i.low,
            high=i.high,
        )
        for name, i in INSTRUMENTS.items()
    ),
    *_flags("resolution", headache_free="Free of headache", lesion_resolved="Cervical lesion resolved"),
)

EVENTS: Final = (
    Column(name="patient_id", kind="text", label="Patient", required=True),
    Column(name="day", kind="integer", label="Day", unit="days since baseline", low=0, high=3660, required=True),
    Column(
        name="kind",
        kind="category",
        label="Event",
        required=True,
        codes=("recurrence", "rescue_treatment", "crossover", "withdrawal", "adverse_event", "red_flag"),
    ),
    Column(name="detail", kind="text", label="Detail"),
)

TABLES: Final[dict[str, tuple[Column, ...]]] = {"cases": CASES, "visits": VISITS, "events": EVENTS}
LABELS: Final[dict[str, str]] = {c.name: c.label for table in TABLES.values() for c in table}


def column(table: str, name: str) -> Column | None:
    """Return a canonical column, or None where the schema has none of that name."""
    return next((c for c in TABLES[table] if c.name == name), None)
