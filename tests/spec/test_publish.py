"""A run is published whole or not at all, and not twice."""

import json
from pathlib import Path

import pytest

from cgh_analysis.errors import BusyError
from cgh_analysis.report.manifest import intact, write_manifest
from cgh_analysis.report.publish import held, publish


def write(text: str):
    def build(folder: Path) -> None:
        (folder / "report.html").write_text(text)
        write_manifest(folder, {"key": "k"})

    return build


def failing(folder: Path) -> None:
    (folder / "report.html").write_text("half")
    raise RuntimeError("the model failed")


def test_a_run_is_built_once_and_then_left_alone(tmp_path: Path) -> None:
    first = publish(tmp_path, "k1", write("one"))
    again = publish(tmp_path, "k1", failing)
    assert (first.built, again.built) == (True, False)
    assert (tmp_path / "current" / "report.html").read_text() == "one"


def test_current_follows_the_newest_key_and_can_go_back(tmp_path: Path) -> None:
    publish(tmp_path, "k1", write("one"))
    publish(tmp_path, "k2", write("two"))
    assert (tmp_path / "current" / "report.html").read_text() == "two"
    assert not publish(tmp_path, "k1", failing).built
    assert (tmp_path / "current" / "report.html").read_text() == "one"


def test_a_failed_run_leaves_the_last_good_one_and_nothing_else(tmp_path: Path) -> None:
    publish(tmp_path, "k1", write("one"))
    with pytest.raises(RuntimeError, match="the model failed"):
        publish(tmp_path, "k2", failing)
    assert (tmp_path / "current" / "report.html").read_text() == "one"
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == [".lock", "k1"]


def test_what_a_killed_run_left_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / "runs" / ".building-k0").mkdir(parents=True)
    publish(tmp_path, "k1", write("one"))
    assert not (tmp_path / "runs" / ".building-k0").exists()


def test_an_altered_run_is_built_again(tmp_path: Path) -> None:
    publish(tmp_path, "k1", write("one"))
    (tmp_path / "runs" / "k1" / "report.html").write_text("edited by hand")
    assert publish(tmp_path, "k1", write("one")).built
    assert (tmp_path / "current" / "report.html").read_text() == "one"


def test_a_held_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with held(tmp_path / "runs" / ".lock"), pytest.raises(BusyError) as caught:
        publish(tmp_path, "k1", write("one"))
    assert caught.value.exit_code == 3
    assert not (tmp_path / "current").exists()


def test_a_manifest_names_the_hash_of_every_file(tmp_path: Path) -> None:
    publish(tmp_path, "k1", write("one"))
    manifest = json.loads((tmp_path / "current" / "manifest.json").read_text())
    assert list(manifest["outputs"]) == ["report.html"]
    assert intact(tmp_path / "runs" / "k1")
    assert not intact(tmp_path / "runs" / "nowhere")
