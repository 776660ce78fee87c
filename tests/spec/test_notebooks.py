"""Notebooks are prose and calls only, stored without outputs, and run from top to bottom."""

import ast
import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def code(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]


def test_the_notebooks_are_there() -> None:
    names = ["01_cohort_and_age", "02_range_of_motion", "03_resolution_time", "04_repeated_outcomes"]
    assert [p.stem for p in NOTEBOOKS] == names


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_defines_nothing_and_holds_no_output(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert all(not c["outputs"] and c["execution_count"] is None for c in cells if c["cell_type"] == "code")
    assert len({c["id"] for c in cells}) == len(cells)
    defined = (ast.FunctionDef, ast.ClassDef, ast.Lambda)
    assert not any(isinstance(n, defined) for text in code(path) for n in ast.walk(ast.parse(text)))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
# the kernel's own libraries warn of things that are theirs
@pytest.mark.filterwarnings("ignore")
def test_a_notebook_runs(path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": FOLDER}}
    ).execute()
    shown = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    assert any("image/png" in o.get("data", {}) for o in shown)
    assert not any(o.get("name") == "stderr" for o in shown)
