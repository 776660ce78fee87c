"""Two published trials through the whole pipeline: what their papers print is what the report prints."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cgh_analysis import build_cohort, read_study, read_tables, run_plan
from cgh_analysis.report.run import run_study

REPORTS = Path(__file__).resolve().parents[2] / "reports"


def rows_of(name: str) -> pd.DataFrame:
    study = read_study(REPORTS / name / "study.toml")
    return run_plan(study, build_cohort(read_tables(study), study)).frame


@pytest.fixture(scope="module")
def vickers(real_data: Path) -> pd.DataFrame:
    return rows_of("vickers2004")


@pytest.fixture(scope="module")
def cdystonia(real_data: Path) -> pd.DataFrame:
    return rows_of("cdystonia")


def limits(row: pd.Series) -> list[float]:
    return [round(float(row[c]), 2) for c in ("estimate", "conf_low", "conf_high")]


def test_vickers_ancova_at_12_months(vickers: pd.DataFrame) -> None:
    effect = vickers[(vickers["analysis"] == "score-month12") & (vickers["statistic"] == "mean_difference")].iloc[0]
    assert (effect["group"], effect["reference"]) == ("control", "acupuncture")
    assert limits(effect) == [4.64, 2.20, 7.08]
    assert round(effect["p_value"], 5) == 0.00022
    assert effect["n"] == 301
    crude = vickers[(vickers["analysis"] == "score-month12-baseline") & (vickers["statistic"] == "mean_difference")]
    assert limits(crude.iloc[0]) == [4.59, 2.12, 7.05]


@pytest.mark.parametrize(("arm", "mean", "sd", "n"), [("acupuncture", 16.2, 13.7, 161), ("control", 22.3, 17.0, 140)])
def test_vickers_scores_at_12_months(vickers: pd.DataFrame, arm: str, mean: float, sd: float, n: int) -> None:
    course = vickers[(vickers["analysis"] == "course") & (vickers["outcome"] == "headache_score")]
    there = course[(course["group"] == arm) & (course["time"] == 365)].set_index("statistic")
    assert round(there.loc["mean", "estimate"], 1) == mean
    assert round(there.loc["sd", "estimate"], 1) == sd
    assert there.loc["mean", "n"] == n


@pytest.mark.parametrize(("arm", "events", "n"), [("acupuncture", 87, 161), ("control", 45, 140)])
def test_vickers_responders(vickers: pd.DataFrame, arm: str, events: int, n: int) -> None:
    risk = vickers[(vickers["statistic"] == "risk") & (vickers["group"] == arm)].iloc[0]
    assert (risk["events"], risk["n"]) == (events, n)
    assert risk["estimate"] == pytest.approx(events / n, rel=1e-12)


@pytest.mark.parametrize(
    ("arm", "expected"), [("units_10000", [-7.78, -11.68, -3.88]), ("units_5000", [-4.83, -8.75, -0.91])]
)
def test_cdystonia_contrasts_at_week_4(cdystonia: pd.DataFrame, arm: str, expected: list[float]) -> None:
    effects = cdystonia[(cdystonia["analysis"] == "twstrs-week4") & (cdystonia["statistic"] == "mean_difference")]
    row = effects[(effects["group"] == arm) & (effects["reference"] == "placebo")].iloc[0]
    # -3.88 was made of rounded parts, -7.78 + 3.90; the limit itself is -3.8745
    assert np.allclose(limits(row), expected, atol=0.011)
    means = cdystonia[(cdystonia["analysis"] == "twstrs-week4") & (cdystonia["statistic"] == "marginal_mean")]
    assert means["n"].sum() == 106


@pytest.mark.parametrize("name", ["vickers2004", "cdystonia"])
def test_the_report_of_a_published_trial_is_built(
    name: str, real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CGH_DATA_DIR", str(real_data))
    copied = tmp_path / "study.toml"
    copied.write_text((REPORTS / name / "study.toml").read_text(encoding="utf-8"), encoding="utf-8")
    page = (run_study(copied).folder / "report.html").read_text(encoding="utf-8")
    expected = {
        "vickers2004": ["4.64 (2.20, 7.08)", "16.2 (13.7)", "22.3 (17.0)", "87/161", "45/140"],
        "cdystonia": ["−7.78 (−11.68, −3.8", "−4.83 (−8.75, −0.91)"],
    }[name]
    assert [text for text in expected if text not in page] == []
