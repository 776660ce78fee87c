# Two commands on a fresh machine: `make report` and `make test`. Both set everything up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: report test test-slow check lint types imports lock dictionary schema bench clean

report: $(STAMP)
	$(BIN)/cgh run reports/demo/study.toml

test: $(STAMP)
	$(BIN)/python -m pytest

test-slow: $(STAMP)
	$(BIN)/python -m pytest -m slow

check: lint types imports test

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports

bench: $(STAMP)
	$(BIN)/python -m pytest -m benchmark -s -n 0

# A test keeps data/dictionary.md equal to the schema.
dictionary: $(STAMP)
	$(BIN)/python -c "from pathlib import Path; from cgh_analysis.dictionary import dictionary; Path('data/dictionary.md').write_text(dictionary(), encoding='utf-8')"

# A test keeps the JSON Schema of study.toml equal to the models.
schema: $(STAMP)
	$(BIN)/python -c "from pathlib import Path; from cgh_analysis.start.study_schema import study_schema_text; Path('cgh_analysis/study/study.schema.json').write_text(study_schema_text(), encoding='utf-8')"

# The lock holds hashes and no registry address; needs uv, which nothing else here does.
lock:
	uv pip compile --universal --generate-hashes --all-extras --python-version 3.11 pyproject.toml -o requirements-lock.txt

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache

$(STAMP): requirements-lock.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)
