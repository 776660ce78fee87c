"""What all tests share: one thread, and where real data may be."""

import os
from pathlib import Path

import pytest

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of published data sets, or skip: they are not part of the repository."""
    folder = Path(os.environ.get("CGH_DATA_DIR", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the published data sets are not here: set CGH_DATA_DIR to their folder")
    return folder
