"""What Cox regression of several rows a person, exact ties and penalties refuses, and in which words."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.mean_count import mean_count
from cgh_analysis.models.survival.recurrent import recurrent

SPANS = {"subject": "id", "entry": "start", "time": "stop", "event": "back"}
ROWS = pd.DataFrame(
    {
        "id": ["p1", "p1", "p2", "p2", "p3", "p4", "p5"],
        "start": [0.0, 4, 0, 6, 0, 0, 0],
        "stop": [4.0, 9, 5, 8, 7, 3, 8],
        "back": [0, 1, 0, 1, 1, 1, 0],
        "x": [0.1, 0.4, -0.3, 0.2, 0.9, -1.0, 0.0],
    },
    index=[10, 11, 12, 13, 14, 15, 16],
)


def test_rows_that_overlap_are_named_in_any_order():
    bad = ROWS.assign(start=ROWS["start"].replace(4, 3.5)).sample(frac=1, random_state=3)
    for call in (cox, recurrent):
        with pytest.raises(ArgumentError, match=r"Row\(s\) 11 overlap the row before of the same id\. Let each row"):
            call("x", bad, **SPANS)
    with pytest.raises(ArgumentError, match=r"Row\(s\) 11 overlap"):
        mean_count(bad, **SPANS)
    touching = ROWS.assign(stop=ROWS["stop"].replace(4, 0.1 + 0.2), start=ROWS["start"].replace(4, 0.3))
    assert np.isfinite(cox("x", touching, **SPANS).coef).all()


def test_rows_without_entry_overlap_from_the_start():
    spans = {name: column for name, column in SPANS.items() if name != "entry"}
    with pytest.raises(ArgumentError, match=r"Row\(s\) 11, 13 overlap .* Give entry="):
        cox("x", ROWS, **spans)


def test_what_comes_after_an_event_is_for_recurrent_events():
    bad = ROWS.assign(back=[1, 1, 0, 1, 1, 1, 0])
    with pytest.raises(ArgumentError, match=r"Row\(s\) 11 come after the event of the same id\. .*recurrent\(\.\.\.\)"):
        cox("x", bad, **SPANS)
    assert recurrent("x", bad, **SPANS, model="andersen-gill").n_events == 5


def test_both_faults_are_told_at_once():
    bad = ROWS.assign(back=[1, 1, 0, 1, 1, 1, 0], start=ROWS["start"].replace(6, 4))
    with pytest.raises(ArgumentError, match=r"13 overlap .* 11 come after"):
        cox("x", bad, **SPANS)


def test_a_row_of_nobody_is_refused():
    with pytest.raises(ArgumentError, match=r"'id' has 1 value\(s\) that are missing, at row\(s\) 12"):
        cox("x", ROWS.assign(id=ROWS["id"].where(ROWS.index != 12)), **SPANS)


def test_a_gap_is_time_without_observation():
    """Person 2 is out of sight from day 5 to day 6, and so in no risk set of then."""
    curve = mean_count(ROWS, **SPANS)
    assert curve.at([5.5, 7])["n_risk"].tolist() == [3, 4]
    assert curve.at([0.5])[["estimate", "std_error"]].to_numpy().tolist() == [[0, 0]]
    assert curve.at([30])["estimate"].isna().all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ties": "exact", "weights": "w"}, "no weights with exact ties"),
        ({"ties": "exact", "cluster": "id"}, r"no cluster \(robust errors\) with exact ties"),
        ({"ties": "exact", "penalty": "firth"}, "no penalty with exact ties"),
        ({"penalty": "firth", "cluster": "id"}, r"no cluster \(robust errors\) with a penalty"),
        ({"penalty": "firth", "weights": "half"}, "need robust errors, which a penalty has not"),
        ({"penalty": "ridge"}, "penalty='ridge' is not known"),
    ],
)
def test_what_does_not_go_together(options, words):
    data = ROWS.assign(w=1, half=0.5)
    with pytest.raises(ArgumentError, match=words):
        cox("x", data, **SPANS, **options)


@pytest.mark.parametrize(
    "ask",
    [
        lambda fit: fit.ph_test(),
        lambda fit: fit.ph_effect(),
        lambda fit: fit.residuals("martingale"),
        lambda fit: fit.baseline(),
        lambda fit: fit.survival(ROWS),
        lambda fit: fit.standardised("x"),
        lambda fit: fit.robust_score_test,
        lambda fit: fit.profile(),
    ],
)
def test_what_a_fit_with_exact_ties_does_not_have(ask):
    with pytest.raises(ArgumentError, match=r"exact ties has no|of a penalised fit"):
        ask(cox("x", ROWS, **SPANS, ties="exact"))


def test_what_a_penalised_fit_does_not_have():
    fit = cox("x", ROWS, **SPANS, penalty="firth")
    for ask in (fit.ph_test, fit.ph_effect, lambda: fit.residuals("dfbeta")):
        with pytest.raises(ArgumentError, match="A fit with a penalty has no"):
            ask()
    assert len(fit.residuals("martingale")) == 7
    assert len(fit.baseline()) == 4
    assert fit.method == "Cox regression, Efron ties, Firth's penalty"


def test_adjusted_curves_are_of_a_factor_and_within_follow_up():
    spans = {name: column for name, column in SPANS.items() if name != "subject"}
    fit = cox("arm + x", ROWS.assign(arm=list("aabbaba")), **spans)
    for call, words in [
        (lambda: fit.standardised("x"), "'x' is no factor of the model"),
        (lambda: fit.standardised("arm", 10), "Nobody was followed until 10"),
        (lambda: fit.standardised("arm", [-1]), "are no days"),
        (lambda: fit.standardised("arm", 5, people="all"), "people='all' is not known"),
        (lambda: fit.standardised("arm", 5, reference="z"), "'z' is no level"),
        (lambda: fit.ph_effect("x"), "'x' is no factor of the model"),
        (lambda: fit.ph_effect(knots=1), "knots=1 are too few"),
    ]:
        with pytest.raises(ArgumentError, match=words):
            call()
    with pytest.raises(NotEstimable, match="events at 4 times do not show"):
        fit.ph_effect()
    assert set(fit.standardised("arm").curves["time"]) == {3, 7, 8, 9}


def test_curves_of_survival_are_of_people_with_one_row_and_one_event():
    data = ROWS.assign(arm=list("aabbaba"))
    with pytest.raises(ArgumentError, match="average over people, who have several rows each"):
        cox("arm", data, **SPANS).standardised("arm")
    rates = recurrent("arm", data, **SPANS, model="andersen-gill")
    for ask in (lambda: rates.standardised("arm"), lambda: rates.survival(data)):
        with pytest.raises(ArgumentError, match="Events that come again have no"):
            ask()
    assert len(rates.baseline()) == 4


def test_too_few_people_for_robust_errors_of_rates():
    few = ROWS.loc[ROWS["id"].isin(["p1", "p4"])]
    with pytest.raises(NotEstimable, match=r"clusters do not give|without end|flat"):
        recurrent("x", few, **SPANS)
