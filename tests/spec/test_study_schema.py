"""The JSON Schema of study.toml: equal to the code, true of every study, and telling typical mistakes."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from cgh_analysis.cohort.criteria import CRITERIA
from cgh_analysis.instruments import INSTRUMENTS
from cgh_analysis.models import ESTIMATORS
from cgh_analysis.start.study_schema import study_schema, study_schema_text
from cgh_analysis.study import Study
from cgh_analysis.study.descriptions import DESCRIPTIONS
from cgh_analysis.study.parts import Block

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "cgh_analysis" / "study" / "study.schema.json"
STUDIES = sorted(ROOT.glob("reports/*/study.toml"))
SCHEMA = study_schema()
Content = dict[str, Any]


def faults(content: Content) -> list[str]:
    return [error.message for error in Draft4Validator(SCHEMA).iter_errors(content)]


def demo() -> Content:
    return tomllib.loads((ROOT / "reports/demo/study.toml").read_text(encoding="utf-8"))


def test_committed_file_is_what_the_models_make() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == study_schema_text(), "run `make schema`"


def test_schema_is_one_of_draft_4_which_editors_read() -> None:
    Draft4Validator.check_schema(SCHEMA)
    written = json.dumps(SCHEMA)
    for newer in ('"$defs"', '"const"', '"prefixItems"', '"null"', '"propertyNames"', '"if"'):
        assert newer not in written


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.parent.name)
def test_every_study_of_the_repository_is_valid(path: Path) -> None:
    assert faults(tomllib.loads(path.read_text(encoding="utf-8"))) == []


def properties(node: Any, where: str = "") -> Iterator[tuple[str, Content]]:
    if isinstance(node, dict):
        for name, child in node.get("properties", {}).items():
            yield f"{where}.{name}", child
        for key, child in node.items():
            yield from properties(child, f"{where}.{key}")
    if isinstance(node, list):
        for child in node:
            yield from properties(child, where)


def test_every_name_says_what_it_is_for() -> None:
    silent = [where for where, node in properties(SCHEMA) if not node.get("description")]
    assert silent == [], "say it in study/descriptions.py, or by Field(description=...)"


def test_nothing_stands_beside_a_reference_where_editors_do_not_look() -> None:
    found = [where for where, node in properties(SCHEMA) if "$ref" in node]
    assert found == []


def test_descriptions_are_of_fields_that_there_are() -> None:
    models = {model.__name__: model for model in [Study, *_subclasses(Block)]}
    stale = [
        f"{model}.{name}"
        for model, fields in DESCRIPTIONS.items()
        for name in fields
        if model not in models or name not in models[model].model_fields
    ]
    assert stale == []


def _subclasses(model: type[Block]) -> Iterator[type[Block]]:
    for child in model.__subclasses__():
        yield child
        yield from _subclasses(child)


def test_what_the_reader_adds_is_not_offered() -> None:
    names = {where.rpartition(".")[2] for where, _ in properties(SCHEMA)}
    assert not names & {"sha256", "undecided"}


def test_scalars_stand_in_study_and_blocks_beside_it() -> None:
    assert {"id", "title", "seed", "design", "limits"} <= set(SCHEMA["properties"]["study"]["properties"])
    assert {"study", "sources", "arms", "visits", "analyses", "checks"} <= set(SCHEMA["properties"])
    assert "id" not in SCHEMA["properties"]


def test_known_names_are_offered() -> None:
    models = SCHEMA["definitions"]
    assert models["Population"]["properties"]["criteria"]["items"]["enum"] == list(CRITERIA)
    assert models["Analysis"]["properties"]["estimator"]["enum"] == list(ESTIMATORS)
    assert models["Describe"]["properties"]["courses"]["items"]["anyOf"][0]["enum"] == list(INSTRUMENTS)
    assert set(INSTRUMENTS) <= set(models["VisitsSource"]["properties"]["columns"]["properties"])
    assert "ndi" not in models["CasesSource"]["properties"]["columns"]["properties"]


def put(content: Content, value: Any, *path: Any) -> Content:
    changed = copy.deepcopy(content)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    "mistake",
    [
        lambda c: put(c, 1, "study", "tile"),
        lambda c: put(c, "randomised", "study", "design"),
        lambda c: put(c, "7", "study", "seed"),
        lambda c: put(c, 1, "study", "conf_level"),
        lambda c: put(c, -1, "visits", 0, "day"),
        lambda c: put(c, [1], "visits", 0, "window"),
        lambda c: put(c, "yes", "arms", 0, "reference"),
        lambda c: put(c, "adults", "population", "criteria", 0),
        lambda c: put(c, "t-test", "analyses", 0, "estimator"),
        lambda c: put(c, 0, "analyses", 3, "response", "by"),
        lambda c: put(c, "stroke", "resolution", "competing", 0),
        lambda c: put(c, ",,", "sources", "cases", "separator"),
        lambda c: put(c, {"mixed_date": "why"}, "sources", "visits", "accept"),
        lambda c: put(c, {"ndi": {"colum": "x"}}, "sources", "visits", "columns"),
        lambda c: put(c, {}, "sources", "cases"),
        lambda c: {name: block for name, block in c.items() if name != "arms"},
        lambda c: {**c, "arm": []},
        lambda c: {**c, "sha256": "0"},
    ],
)
def test_mistake_is_told(mistake: Callable[[Content], Content]) -> None:
    assert faults(demo()) == []
    assert faults(mistake(demo()))


@pytest.mark.parametrize(
    "right",
    [
        lambda c: put(c, {"twstrs": "score", "ndi": {"column": "NDI", "unit": "%"}}, "sources", "visits", "columns"),
        lambda c: put(c, {"path": "visits query", "query": "select 1", "url_env": "DB"}, "sources", "visits"),
        lambda c: put(c, "detect", "sources", "cases", "separator"),
        lambda c: put(c, "an_outcome_of_its_own", "analyses", 0, "outcome"),
        lambda c: put(c, {"by": "mcid"}, "analyses", 3, "response"),
        lambda c: put(c, {"redcap_repeat_instrument": ["", "bp"]}, "sources", "cases", "where"),
    ],
)
def test_what_is_right_is_let_pass(right: Callable[[Content], Content]) -> None:
    assert faults(right(demo())) == []
