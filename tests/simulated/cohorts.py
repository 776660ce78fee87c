"""Does the plan's adjustment recover what the simulated study's design put in, where a crude comparison does not?"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.models.ancova import ancova
from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.simulate import Simulated, simulate_tables
from tests.simulated.measured import Measured

COHORTS: Final = 200
PEOPLE: Final = 420
ARMS: Final = ("medication", "manual_exercise", "nerve_block")
# the demo's primary line; and the same with effects that may differ by what they differ by in the design
PLAN: Final = "ndi ~ arm + ndi_baseline + age_years + symptom_duration_months + headache_days_28d_baseline + migraine"
CROSSED: Final = PLAN.replace("arm +", "arm * (age_years + log(symptom_duration_months)) +")
MODELS: Final = {
    "NDI at week 12, crude": "ndi ~ arm",
    "NDI at week 12, ANCOVA of the demo's plan": PLAN,
    "NDI at week 12, ANCOVA with arm by age and duration": CROSSED,
}


def recovered() -> list[Measured]:
    """Return the bias of each model's difference from medication against truth.json, over cohorts of 420 people."""
    found = np.array([_errors(simulate_tables(PEOPLE, seed)) for seed in range(COHORTS)])
    return [
        Measured(
            what=f"{name}: {arm.replace('_', ' ')}",
            quantity="bias",
            n=PEOPLE,
            replications=COHORTS,
            estimate=float(found[:, i, k].mean()),
            error=float(found[:, i, k].std(ddof=1) / np.sqrt(COHORTS)),
        )
        for i, name in enumerate(MODELS)
        for k, arm in enumerate(ARMS[1:])
    ]


def _errors(simulated: Simulated) -> np.ndarray:
    """Estimates less the truth (models x arms), of one cohort with its drop-out and blank cells."""
    visits = simulated.visits.set_index("patient_id")
    start, later = (visits.loc[visits["visit"] == v] for v in ("baseline", "week12"))
    seen = simulated.cases.set_index("patient_id").join(start[["ndi", "headache_days_28d"]].add_suffix("_baseline"))
    data = seen.join(later["ndi"]).assign(arm=pd.Categorical(seen["arm"], ARMS))
    truth = simulated.truth["mean_difference"]["ndi"]["week12"]
    age = {"age_years": seen["age_years"].mean()}
    months = {"symptom_duration_months": np.exp(np.log(seen["symptom_duration_months"]).mean())}
    found = []
    for formula in MODELS.values():
        at = {**age, **months} if formula == CROSSED else None
        table = contrasts(ancova(formula, data), "arm", reference=ARMS[0], at=at, weights="proportional")
        found.append(table["estimate"].to_numpy() - [truth[arm] for arm in ARMS[1:]])
    return np.array(found)
