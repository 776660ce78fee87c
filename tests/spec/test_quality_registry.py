"""Every rule belongs to one check, and every check says what it is."""

from collections import Counter
from pathlib import Path

import pytest

from cgh_analysis.ingest.quality import CHECKS
from cgh_analysis.ingest.rules import RULES
from cgh_analysis.study import Checks
from tests import quality

ASPECTS = {
    "conformance": {"value", "relational", "computational"},
    "completeness": {""},
    "plausibility": {"uniqueness", "atemporal", "temporal"},
}


def test_every_rule_belongs_to_exactly_one_check() -> None:
    times = Counter(rule for check in CHECKS.values() for rule in check.rules)
    assert [rule for rule in RULES if times[rule] != 1] == [], "name each once, in the `rules` of one check"
    assert set(times) <= set(RULES), "checks name rules that there are not"


def test_thresholds_are_those_of_checks_that_can_fail() -> None:
    thresholds = set(Checks.model_fields) - {"off"}
    assert thresholds <= set(CHECKS)
    assert all(CHECKS[name].severity == "warning" for name in thresholds)
    assert all(Checks.model_fields[name].description for name in thresholds)


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_says_what_it_looks_at(name: str) -> None:
    check = CHECKS[name]
    aspect, subaspect = check.kind
    assert subaspect in ASPECTS[aspect]
    assert check.about.endswith(".")
    assert check.tables
    assert check.rules or check.look


@pytest.mark.parametrize("name", CHECKS)
def test_severity_is_that_of_its_rules(name: str) -> None:
    check, gravity = CHECKS[name], {"error": "error", "quarantine": "warning", "note": "note"}
    own = {gravity[RULES[rule].severity] for rule in check.rules}
    if check.severity == "note":
        assert own <= {"note"}
    if "error" in own:
        assert check.severity == "error" or name == "known_patients", "what stops a run is no mere warning"


def test_every_check_has_a_result_for_a_clean_study(tmp_path: Path) -> None:
    tables = quality.check(tmp_path, *quality.cohort())
    assert {r.check for r in tables.quality} == set(CHECKS)
    assert quality.failed(tables) == set()
    assert quality.stopped(tables) == set()
    assert {r.status for r in tables.quality} == {"pass", "not applicable"}
