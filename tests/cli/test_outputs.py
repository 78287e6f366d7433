from __future__ import annotations

from pathlib import Path

import pytest

from heliochrome.cli.outputs import Job, OutputFormat, Plan, plan_outputs
from heliochrome.errors import OptionError


def _touch(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return paths


def _names(plan: Plan, below: Path) -> list[str]:
    return [job.output.relative_to(below).as_posix() for job in plan.jobs]


def _problems(plan: Plan) -> list[str]:
    return [str(failure.error) for failure in plan.failures]


def test_one_photo_goes_to_the_file_named(tmp_path: Path) -> None:
    (photo,) = _touch(tmp_path, "a.png")
    plan = plan_outputs([photo], tmp_path / "b.jpg")
    assert plan.jobs == (Job(photo, tmp_path / "b.jpg"),)
    assert not plan.into_folder


@pytest.mark.parametrize("exists", [False, True])
def test_one_photo_goes_into_a_folder_under_its_name(tmp_path: Path, exists: bool) -> None:
    (photo,) = _touch(tmp_path, "a.png")
    if exists:
        (tmp_path / "out.d").mkdir()
    plan = plan_outputs([photo], tmp_path / "out.d")
    assert _names(plan, tmp_path) == ["out.d/a.png"]
    assert plan.into_folder


def test_folders_are_walked_in_order_and_mirrored(tmp_path: Path) -> None:
    _touch(
        tmp_path,
        *("in/b.jpg", "in/a.TIF", "in/sub/c.webp", "in/notes.txt", "in/.hidden.png"),
        *("in/.git/x.png", "in/out/a.TIF"),
    )
    out = tmp_path / "in" / "out"
    plan = plan_outputs([tmp_path / "in"], out, recursive=True, overwrite=True)
    assert _names(plan, out) == ["a.TIF", "b.jpg", "sub/c.webp"]


def test_pictures_that_are_not_read_are_not_passed_over(tmp_path: Path) -> None:
    _touch(tmp_path / "in", "a.png", "b.BMP", "c.heic", "notes.txt")
    plan = plan_outputs([tmp_path / "in"], tmp_path / "out", recursive=True)
    assert _names(plan, tmp_path / "out") == ["a.png", "b.BMP", "c.heic"]


def test_a_kind_that_is_not_written_is_no_folder(tmp_path: Path) -> None:
    (photo,) = _touch(tmp_path, "a.png")
    with pytest.raises(OptionError, match="not written"):
        plan_outputs([photo], tmp_path / "b.bmp")
    (tmp_path / "c.bmp").mkdir()
    assert plan_outputs([photo], tmp_path / "c.bmp").into_folder
    plan = plan_outputs([photo], tmp_path / "b.dcm", suffixes=[".png", ".dcm"])
    assert not plan.into_folder


def test_a_folder_needs_recursive_and_photos(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    plain = plan_outputs([tmp_path / "empty"], tmp_path / "out")
    assert "add --recursive" in _problems(plain)[0]
    walked = plan_outputs([tmp_path / "empty"], tmp_path / "out", recursive=True)
    assert "holds no photos" in _problems(walked)[0]
    assert walked.total == 1


def test_a_format_changes_the_suffix(tmp_path: Path) -> None:
    photos = _touch(tmp_path, "a.jpeg", "b.scan.1", "c")
    plan = plan_outputs(photos, tmp_path / "out", format=OutputFormat.tiff)
    assert _names(plan, tmp_path / "out") == ["a.tif", "b.scan.1.tif", "c.tif"]


def test_without_a_known_suffix_the_container_decides(tmp_path: Path) -> None:
    assert Job(Path("scan.1"), Path("out/scan.1")).output_for("TIFF") == Path("out/scan.1.tif")
    assert Job(Path("a.JPG"), Path("out/a.JPG")).output_for("PNG") == Path("out/a.JPG")


def test_a_file_for_several_photos_is_refused(tmp_path: Path) -> None:
    photos = _touch(tmp_path, "a.png", "b.png", "old.txt")
    with pytest.raises(OptionError, match="names one file for several photos"):
        plan_outputs(photos[:2], tmp_path / "out.png")
    with pytest.raises(OptionError, match="is a file, but the results need a folder"):
        plan_outputs(photos[:2], photos[2])


def test_a_format_may_not_contradict_the_file(tmp_path: Path) -> None:
    (photo,) = _touch(tmp_path, "a.png")
    with pytest.raises(OptionError, match="contradicts --format webp"):
        plan_outputs([photo], tmp_path / "b.png", format=OutputFormat.webp)
    assert plan_outputs([photo], tmp_path / "b.JPEG", format=OutputFormat.jpeg).jobs


def test_an_input_is_never_an_output(tmp_path: Path) -> None:
    a, b = _touch(tmp_path, "a.png", "sub/a.png")
    for output in (a, a.parent):
        plan = plan_outputs([a], output, overwrite=True)
        assert "is one of the input photos" in _problems(plan)[0]
    (tmp_path / "link").symlink_to(tmp_path)
    linked = plan_outputs([a, b], tmp_path / "link", overwrite=True)
    assert len(linked.failures) == 2


def test_two_photos_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    photos = _touch(tmp_path, "one/a.png", "two/a.png")
    plan = plan_outputs(photos, tmp_path / "out", overwrite=True)
    assert len(plan.jobs) == 1
    assert "is the output of another photo too" in _problems(plan)[0]


def test_existing_results_need_leave(tmp_path: Path) -> None:
    photo, result = _touch(tmp_path, "a.png", "out/a.png")
    assert "already exists" in _problems(plan_outputs([photo], result))[0]
    assert plan_outputs([photo], result, overwrite=True).jobs


def test_what_is_missing_is_a_failure_and_the_rest_are_jobs(tmp_path: Path) -> None:
    (photo,) = _touch(tmp_path, "a.png")
    plan = plan_outputs([tmp_path / "none.png", photo], tmp_path / "out")
    assert (len(plan.jobs), len(plan.failures), plan.total) == (1, 1, 2)
    assert "none.png: does not exist" in _problems(plan)[0]
