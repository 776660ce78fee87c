"""What a formula names: its columns, and which of them are categories."""

from __future__ import annotations

import ast
import re
from keyword import iskeyword
from typing import Any

import pandas as pd
from formulaic import ModelSpec
from formulaic.parser.types import Term
from formulaic.transforms import TRANSFORMS


def variables(formula: Any) -> list[str]:
    """Return the columns that a formula uses, also those inside of transforms, in the formula's order.

    formulaic's own `required_variables` leaves out what stands inside of a call such as cr(age, df=3).
    """
    sides = [formula.lhs, formula.rhs] if hasattr(formula, "lhs") else [formula]
    return list(dict.fromkeys(name for side in sides for term in side for name in term_variables(term)))


def factor_variables(expression: str, method: str = "python") -> list[str]:
    """Return the names that one factor of a formula looks up, without the functions that it calls."""
    if method == "literal":
        return []
    if method == "lookup":
        return [expression]
    backticked = re.findall("`([^`]+)`", expression)
    tree = ast.parse(re.sub("`[^`]+`", "None", expression).strip(), mode="eval")
    called = {id(n) for call in ast.walk(tree) if isinstance(call, ast.Call) for n in ast.walk(call.func)}
    names = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called]
    return backticked + [n for n in names if n not in TRANSFORMS]


def categorical_variables(spec: ModelSpec, data: pd.DataFrame) -> list[str]:
    """Return the columns that a model treats as categories: texts, categories, what C() wraps, and yes/no columns."""
    coded = [
        name
        for factor in spec.factors
        if str(factor.expr) in spec.encoder_state and spec.encoder_state[str(factor.expr)][0].value == "categorical"
        for name in factor_variables(str(factor.expr), factor.eval_method.value)
    ]
    flags = [n for n in variables(spec.formula) if pd.api.types.is_bool_dtype(data[n].dtype)]
    return [n for n in data.columns if n in coded or n in flags]


def term_variables(term: Term) -> list[str]:
    """Return the columns that one term of a formula uses."""
    names = [n for f in term.factors for n in factor_variables(str(f.expr), f.eval_method.value)]
    return list(dict.fromkeys(names))


def quoted(name: str) -> str:
    """Return a column's name as a formula takes it: in backticks where it is no Python name."""
    return name if name.isidentifier() and not iskeyword(name) else f"`{name}`"
