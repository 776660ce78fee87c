"""How long reading, typing and checking a million visits takes against pandas.read_csv, and in how much memory."""

import io
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pytest

from cgh_analysis.ingest import Tables, check_tables
from cgh_analysis.study import Study
from tests import builders

pytestmark = pytest.mark.benchmark
DAYS = [0, 14, 28, 42, 56, 84, 112, 140, 168, 224, 280, 365]
SITES, EACH = 40, 200  # sites, and rows spoilt in each way
# mean, SD between people and within one, highest value, digits
OUTCOMES = {
    "pain_nprs": (5.5, 1.5, 1.0, 10, 1),
    "hit6": (60, 5, 3, 78, 0),
    "ndi": (18, 6, 3, 50, 0),
    "headache_days_28d": (12, 5, 2, 28, 0),
    "rom_flexion_deg": (50, 9, 3, 90, 0),
    "rom_rotation_left_deg": (65, 9, 3, 110, 0),
    "rom_rotation_right_deg": (65, 9, 3, 110, 0),
    "frt_left_deg": (38, 5, 3, 60, 0),
}
FAULTS = (
    ("patient_id", ""),
    ("visit", "day 28"),
    ("visit", "day29"),
    ("pain_nprs", "35.0"),
    ("pain_nprs", "~4"),
    ("hit6", ""),
    ("ndi", "NA"),
    ("rom_flexion_deg", "44°"),
    ("rom_flexion_deg", "40-45"),
    ("rom_rotation_left_deg", "=1+1"),
    ("headache_free", "maybe"),
)


def study(folder: Path) -> Study:
    visits = [{"id": f"day{d}" if d else "baseline", "day": d, "window": [max(0, d - 6), d + 6]} for d in DAYS]
    return builders.study(folder=folder, visits=visits)


def visits(patients: int) -> pd.DataFrame:
    """Every patient at every visit, 12 columns, and a few faults of each kind."""
    rng = np.random.default_rng(1)
    n = patients * len(DAYS)
    ids = np.array([f"S{i % SITES:02d}-{i:06d}" for i in range(patients)], dtype=object)
    names = np.array([f"day{d}" if d else "baseline" for d in DAYS], dtype=object)
    day = np.tile(DAYS, patients) + np.where(np.tile(DAYS, patients) > 0, rng.integers(-6, 8, n), 0)
    frame = pd.DataFrame({"patient_id": np.repeat(ids, len(DAYS)), "visit": np.tile(names, patients), "day": text(day)})
    for name, (mean, between, within, high, digits) in OUTCOMES.items():
        people = np.repeat(rng.normal(mean, between, patients), len(DAYS))
        frame[name] = text(np.clip(people + rng.normal(0, within, n), 0, high).round(digits), digits)
    frame["headache_free"] = np.where(rng.random(n) < 0.1, "yes", "no").astype(object)
    for column, cell in FAULTS:
        frame.loc[rng.choice(n, EACH, replace=False), column] = cell
    frame.loc[rng.choice(n, EACH, replace=False), "patient_id"] = [f"X{i}" for i in range(EACH)]
    again = frame.iloc[rng.choice(n, 2 * EACH, replace=False)].copy()
    again.iloc[:EACH, 4] = "77"
    return pd.concat([frame, again], ignore_index=True)


def text(numbers: np.ndarray, digits: int = 0) -> np.ndarray:
    values, codes = np.unique(numbers, return_inverse=True)
    return np.array([f"{v:.{digits}f}" for v in values], dtype=object)[codes]


def write(folder: Path, patients: int, *, quoted: bool = False) -> Path:
    """Write both files; a cell more or less in some rows, and none of them quoted, or all text."""
    frame = visits(patients)
    out = io.BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid" if quoted else "none")
    pyarrow.csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), out, options)
    lines = out.getvalue().replace(b',"40-45",', b",", 20).replace(b",40-45,", b",", 20)
    (folder / "visits.csv").write_bytes(",".join(frame.columns).encode() + b"\n" + lines)
    ids = frame["patient_id"].unique()
    people = [f"{i},{('drug', 'block')[k % 2]},{20 + k % 60},S{k % SITES}" for k, i in enumerate(ids) if i[:1] == "S"]
    (folder / "cases.csv").write_text("\n".join(["patient_id,arm,age_years,site", *people, ""]))
    return folder / "visits.csv"


def fastest(*calls) -> list[float]:
    """Seconds that each call takes at best, all in turn, so that what else the machine does meets all alike."""
    taken = [[] for _ in calls]
    for _ in range(5):
        for call, times in zip(calls, taken, strict=True):
            start = perf_counter()
            call()
            times.append(perf_counter() - start)
    return [min(times) for times in taken]


def faulty(tables: Tables) -> dict[str, int]:
    return pd.Series([p.rule for p in tables.problems]).value_counts().to_dict()


@pytest.mark.filterwarnings("ignore::pandas.errors.DtypeWarning")
@pytest.mark.parametrize("quoted", [False, True], ids=["bare", "quoted"])
def test_a_million_visits(tmp_path: Path, quoted: bool) -> None:
    file = write(tmp_path, 83_334, quoted=quoted)
    whole = study(tmp_path)
    tables = check_tables(whole)
    assert {f.path: f.read for f in tables.files} == {"cases.csv": 83_334, "visits.csv": 1_000_408}
    assert faulty(tables).keys() >= {"unknown_patient", "out_of_range", "conflicting_visit", "duplicate", "short_row"}
    ours, theirs = fastest(lambda: check_tables(whole), lambda: pd.read_csv(file))
    print(f"1,000,408 visits x 12, {file.stat().st_size / 1e6:.0f} MB: {ours:.2f} s, {ours / theirs:.1f} x read_csv")
    assert ours < 3 * theirs


GROWTH = """
import sys
from pathlib import Path
from cgh_analysis.ingest import check_tables
from tests.benchmarks.test_ingest_speed import study

def most():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

folder = Path(sys.argv[1])
check_tables(study(folder / "small"))
before = most()
check_tables(study(folder))
print(most() - before)
"""


def grown(folder: Path) -> int:
    """Bytes by which a process that has read a small study grows at most when it reads this one."""
    (folder / "small").mkdir()
    write(folder / "small", 300)
    run = subprocess.run([sys.executable, "-c", GROWTH, str(folder)], capture_output=True, text=True, check=True)
    return int(run.stdout)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says how large a process ever was")
def test_memory_is_linear(tmp_path: Path) -> None:
    ratios = []
    for patients in (60_000, 120_000):
        folder = tmp_path / str(patients)
        folder.mkdir()
        size = write(folder, patients).stat().st_size
        ratios.append(grown(folder) / size)
        print(f"{size / 1e6:.0f} MB: {ratios[-1]:.1f} x the file")
    assert max(ratios) < 10
    assert ratios[1] < 1.25 * ratios[0]
