"""The JSON Schema of study.toml, made from the models: editors complete and check a study file with it.

It is of draft 4, the one that all editors' TOML extensions read, and describes the file and not the record that is made
of it: what stands in [study] apart from the blocks, no value that means 'none', and the names that are known.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any, Final

from cgh_analysis.cohort.criteria import CRITERIA
from cgh_analysis.ingest.traps import ACCEPTABLE
from cgh_analysis.ingest.typing.units import CONVERSIONS
from cgh_analysis.instruments import INSTRUMENTS
from cgh_analysis.models import ESTIMATORS
from cgh_analysis.numerics.linear import COVARIANCES
from cgh_analysis.schema import TABLES, Column
from cgh_analysis.study import Study
from cgh_analysis.study.descriptions import DESCRIPTIONS
from cgh_analysis.study.read import OURS

Node = dict[str, Any]
DIALECT: Final = "http://json-schema.org/draft-04/schema#"
KINDS: Final = next(c.codes for c in TABLES["events"] if c.name == "kind")
BASELINE: Final = [f"{name}_baseline" for name in INSTRUMENTS]
PEOPLE: Final = [c.name for c in TABLES["cases"] if c.name not in ("patient_id", "arm")]
WHY: Final = "Why this may come in all the same:"
UNITS: Final = sorted({unit for units in CONVERSIONS.values() for unit in units})
# names of which there are no others
ONLY: Final[dict[tuple[str, str], Iterable[str]]] = {
    ("Population", "criteria"): CRITERIA,
    ("Analysis", "estimator"): ESTIMATORS,
    ("Analysis", "of"): ["resolution", *KINDS],
    ("Resolution", "competing"): KINDS,
}
# names that a study may add to
KNOWN: Final[dict[tuple[str, str], Iterable[str]]] = {
    ("Analysis", "outcome"): INSTRUMENTS,
    ("Analysis", "covariates"): [*PEOPLE, *BASELINE],
    ("Analysis", "subgroups"): PEOPLE,
    ("Analysis", "covariance"): COVARIANCES,
    ("Hypothesis", "outcome"): INSTRUMENTS,
    ("Describe", "baseline"): [*PEOPLE, *BASELINE],
    ("Describe", "median"): [*PEOPLE, *BASELINE],
    ("Describe", "courses"): INSTRUMENTS,
    ("Resolution", "outcome"): INSTRUMENTS,
    ("FileColumn", "unit"): UNITS,
}


def study_schema() -> Node:
    """Return the JSON Schema of a study file."""
    made = Study.model_json_schema()
    models: dict[str, Node] = {name: _model(name, node) for name, node in made.pop("$defs").items()}
    whole = _model("Study", made)
    models = _with_tables(models)
    fields = {name: node for name, node in whole["properties"].items() if name not in OURS}
    blocks = {name: node for name, node in fields.items() if _is_block(node)}
    inside = {name: node for name, node in fields.items() if name not in blocks}
    required = whole["required"]
    study = _object("The study.", inside, [name for name in required if name in inside])
    top = {"study": study, **blocks}
    return {
        "$schema": DIALECT,
        "title": "study.toml",
        **_object("A study file of cgh_analysis.", top, ["study", *(name for name in required if name in blocks)]),
        "definitions": {name: models[name] for name in sorted(_used(top, models))},
    }


def study_schema_text() -> str:
    """Return the JSON Schema as it is written, which is what study/study.schema.json holds."""
    return json.dumps(study_schema(), indent=1, ensure_ascii=False) + "\n"


def _object(about: str, properties: Node, required: list[str]) -> Node:
    node: Node = {"type": "object", "description": about, "properties": properties, "additionalProperties": False}
    return {**node, "required": required} if required else node


def _model(name: str, node: Node) -> Node:
    """A model in draft 4, with what each field says and the names that are known for it."""
    plain = _draft_4(node)
    for field, value in plain.get("properties", {}).items():
        about = value.get("description") or DESCRIPTIONS.get(name, {}).get(field, "")
        known = KNOWN.get((name, field), ())
        value = _named(value, list(ONLY.get((name, field), known)), only=(name, field) in ONLY)
        if "$ref" in value:
            # beside a reference nothing else is read
            value = {"allOf": [value]}
        plain["properties"][field] = {"description": about, **value}
    return plain


def _draft_4(node: Any) -> Any:
    """Return a schema without what draft 4 does not have, and without 'none', which TOML does not have."""
    if isinstance(node, list):
        return [_draft_4(part) for part in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _draft_4(value) for key, value in node.items() if key != "title" or not isinstance(value, str)}
    if "$ref" in plain:
        return {"$ref": plain["$ref"].replace("#/$defs/", "#/definitions/")}
    if "anyOf" in plain:
        plain["anyOf"] = [part for part in plain["anyOf"] if part != {"type": "null"}]
        if len(plain["anyOf"]) == 1:
            plain |= plain.pop("anyOf")[0]
    if plain.get("default", 0) is None or plain.get("default") in ("", [], {}):
        del plain["default"]
    if "const" in plain:
        plain["enum"] = [plain.pop("const")]
    for bound, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if not isinstance(plain.get(strict, True), bool):
            plain |= {bound: plain[strict], strict: True}
    if "prefixItems" in plain:
        plain |= {"items": plain.pop("prefixItems"), "additionalItems": False}
    return plain


def _named(node: Node, names: list[str], *, only: bool) -> Node:
    """Let texts of a field be known names, or others too where a study may add to them."""
    if not names:
        return node
    if node.get("type") == "string":
        rest = {key: value for key, value in node.items() if key != "type"}
        return {**rest, "enum": names} if only else {**rest, "anyOf": [{"enum": names}, {"type": "string"}]}
    if node.get("type") == "array":
        return {**node, "items": _named(node["items"], names, only=only)}
    return {**node, "anyOf": [_named(part, names, only=only) for part in node.get("anyOf", [])]}


def _with_tables(models: dict[str, Node]) -> dict[str, Node]:
    """A source for each table, of which the canonical columns are known."""
    made = dict(models)
    sources = copy.deepcopy(models["Sources"])
    for table, columns in TABLES.items():
        source, name = copy.deepcopy(models["Source"]), f"{table.title()}Source"
        _with_columns(source["properties"]["columns"], columns)
        reasons = {rule: {"description": f"{WHY} {rule.replace('_', ' ')}.", "type": "string"} for rule in ACCEPTABLE}
        source["properties"]["accept"] |= {"properties": reasons, "additionalProperties": False}
        source["anyOf"] = [{"required": ["path"]}, {"required": ["query"]}]
        made[name] = source
        sources["properties"][table]["allOf"] = [{"$ref": f"#/definitions/{name}"}]
    wide = copy.deepcopy(models["WideVisit"])
    _with_columns(wide["properties"]["columns"], TABLES["visits"])
    return {**made, "Sources": sources, "WideVisit": wide}


def _with_columns(node: Node, columns: Iterable[Column]) -> None:
    """Name the canonical columns of a map of columns; a study's own outcomes and covariates may stand there too."""
    about = {c.name: f"{c.label}, {c.unit}." if c.unit else f"{c.label}." for c in columns}
    node["properties"] = {name: {"description": words, **node["additionalProperties"]} for name, words in about.items()}


def _is_block(node: Node) -> bool:
    return "#/definitions/" in json.dumps(node)


def _used(node: Any, models: dict[str, Node]) -> set[str]:
    """The models that a schema refers to, and those that they refer to."""
    if isinstance(node, list):
        return set().union(*(_used(part, models) for part in node))
    if not isinstance(node, dict):
        return set()
    names = {node["$ref"].rpartition("/")[2]} if "$ref" in node else set()
    found = names.union(*(_used(models[name], models) for name in names))
    return found.union(*(_used(part, models) for part in node.values()))
