"""What a run was made of and what it made, by hash: the same inputs give the same key and the same bytes."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cgh_analysis
from cgh_analysis.errors import DataError
from cgh_analysis.ingest.readers.files import hashes, open_files
from cgh_analysis.study import Study

LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels", "formulaic", "matplotlib", "seaborn", "pyarrow")
NAME = "manifest.json"


def ingredients(study: Study) -> dict[str, Any]:
    """Return everything that decides a run's bytes: study file, inputs, code, versions, seed."""
    return {
        "study": study.id,
        "study_sha256": study.sha256,
        "seed": study.seed,
        "inputs": _input_hashes(study),
        "cgh_analysis": cgh_analysis.__version__,
        "code_sha256": _code_hash(),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def run_key(made_of: dict[str, Any]) -> str:
    """Return the short name of a run: a hash of its ingredients."""
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:12]


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Write manifest.json with the hash of every other file of the folder."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != NAME)
    outputs = {p.relative_to(folder).as_posix(): file_hash(p) for p in files}
    text = json.dumps({**content, "outputs": outputs}, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def intact(folder: Path) -> bool:
    """Say whether a run is there, whole and unaltered."""
    try:
        outputs = json.loads((folder / NAME).read_text(encoding="utf-8"))["outputs"]
        return all(file_hash(folder / name) == sha for name, sha in outputs.items())
    except (OSError, ValueError, KeyError):
        return False


def file_hash(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _input_hashes(study: Study) -> dict[str, str]:
    """Hash the inputs through the door by which they are read: same limits, and databases are asked."""
    opened = open_files(study)
    faults = [fault for fault in opened.values() if not isinstance(fault, bytes)]
    if faults:
        raise DataError(f"The file {faults[0].file} cannot be read: {faults[0].message}", remedy=faults[0].remedy)
    return hashes(opened)


def _code_hash() -> str:
    """The package's own files, so that a change of code makes a new run also where the version stands still."""
    root = Path(cgh_analysis.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in {".py", ".j2", ".css"}):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
