"""The simulated patients of the stored results as a cohort of a study, for the plan's adapters."""

import pandas as pd

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.study import Study
from tests.reference.stored import patients

DAYS = {"baseline": 0, "W04": 28, "W08": 56, "W12": 84, "W26": 182}


def r_study() -> Study:
    return Study.model_validate(
        {
            "id": "r",
            "title": "The patients that R analysed",
            "seed": 1,
            "sources": {"cases": {"path": "cases.csv"}, "visits": {"path": "visits.csv"}},
            "arms": [
                {"id": "MTE", "label": "Manual"},
                {"id": "MED", "label": "Drug", "reference": True},
                {"id": "BLOCK", "label": "Block"},
            ],
            "visits": [{"id": i, "day": d} for i, d in DAYS.items()],
            "outcomes": [
                {"id": "hd", "label": "Days", "unit": "d", "low": 0, "high": 28, "better": "lower", "mcid": 4}
            ],
        }
    )


def r_cohort() -> Cohort:
    study = r_study()
    cases = patients("cgh_sim").rename(columns={"id": "patient_id", "age": "age_years", "hd0": "hd_baseline"})
    cases = cases.assign(arm=cases["arm"].cat.reorder_categories(study.arm_ids))
    seen = patients("cgh_long").rename(columns={"id": "patient_id"})
    visits = seen[["patient_id", "visit", "hd"]].assign(
        visit=pd.Categorical(seen["visit"], list(DAYS)), day=seen["visit"].astype(str).map(DAYS), in_window=True
    )
    keep = ["patient_id", "arm", "site", "sex", "age_years", "hd_baseline"]
    return Cohort(study=study, cases=cases[keep], visits=visits, events=pd.DataFrame())
