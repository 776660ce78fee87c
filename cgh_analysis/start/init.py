"""Writing a draft of a study file, where there is none yet."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from cgh_analysis.errors import StudyError
from cgh_analysis.start.draft import make_draft
from cgh_analysis.start.opened import Files, open_all
from cgh_analysis.start.page import SCHEMA, page


def init_study(files: Files, out: str | Path) -> Path:
    """Draft a study file from a study's files, and return its path.

    What the files say for certain is filled in, what they do not is marked `# TODO`. Beside it goes the JSON Schema
    that editors complete and check it with. Raises StudyError where there is a study file already, or no data, and
    DataError where the data cannot be read.
    """
    path = Path(out)
    if path.exists():
        raise StudyError(
            f"{path.name} is there already, and is not written over.",
            remedy="Move it away, or give --out another name.",
        )
    written = page(make_draft(*open_all(files)), path)
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = resources.files("cgh_analysis.study") / SCHEMA
    (path.parent / SCHEMA).write_bytes(schema.read_bytes())
    # 'x': what came there in the meantime is not written over either
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(written)
    return path
