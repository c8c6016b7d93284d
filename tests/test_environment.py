"""The report for a question: complete where all is well, and a line, no traceback, for what is missing or broken."""

import getpass
import os
import platform
import re
import subprocess
import sys
import textwrap
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from vidtutor import environment
from vidtutor.environment import Machine

import pytest

PACKAGE = str(Path(environment.__file__).parents[1])
GOOD = ("numpy>=1.26", "keras>=3.8", "ruff>=0.6; extra == 'test'")


def doctor(tmp_path: Path, **variables: str) -> list[str]:
    """Run the command as a student does; what it prints."""
    changed = {
        "CUDA_VISIBLE_DEVICES": "-1",
        "VIDTUTOR_PROFILE": "gpu",
        "VIDTUTOR_CACHE": str(Path.home() / "x"),
        **variables,
    }
    done = subprocess.run(
        [sys.executable, "-m", "vidtutor", "doctor"],
        cwd=tmp_path,
        env={**os.environ, **changed},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def section(lines: list[str], title: str) -> str:
    """The text of a section, without its line breaks."""
    text = "\n".join(lines)
    found = re.search(rf"^{title}:(.*?)(?=^\S|\Z)", text + "\n", re.MULTILINE | re.DOTALL)
    assert found, text
    return " ".join(found[1].split())


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return doctor(tmp_path_factory.mktemp("elsewhere"), PYTHONPATH=PACKAGE)


def test_it_says_where_it_runs_and_what_is_installed(lines: list[str]) -> None:
    assert f"Python {platform.python_version()}, " in section(lines, "vidtutor")
    packages = section(lines, "Packages")
    for name in ("tensorflow", "keras", "numpy", "opencv-python-headless", "motmetrics", "ipython"):
        assert re.search(rf"\b{name} \d+\.\d+", packages)
    assert "nbmake" not in packages  # of an extra
    assert packages.endswith("All that vidtutor needs is there, and new enough.")
    assert "with libx264" in section(lines, "FFmpeg")
    assert re.search(r"TensorFlow \d.* uses none", section(lines, "GPU"))
    assert re.search(r"\d of \d+ to be used; oneDNN on", section(lines, "Processor"))
    assert re.fullmatch(r"\d+\.\d GB, \d+\.\d GB of it free", section(lines, "Memory"))
    assert section(lines, "Disk").count("GB free for") == 2
    assert "VIDTUTOR_PROFILE=gpu" in section(lines, "Variables")
    assert "VIDTUTOR_PROFILE=gpu asks for" in "\n".join(lines[lines.index("What will be slow here:") :])


def test_it_has_really_decoded_what_it_says(lines: list[str]) -> None:
    opencv = section(lines, "OpenCV")
    assert re.match(r"\d+\.\d+\.\d+\S*, decodes H\.264, VP9, (AV1, )?MPEG-4, MJPEG", opencv)
    assert ("AV1: 0 of 5 frames" in opencv) != ("VP9, AV1" in opencv)


def test_it_fits_into_a_question_and_tells_nothing_about_the_person(lines: list[str]) -> None:
    assert len(lines) <= 40
    assert [line for line in lines if len(line) > 110 and " " in line.strip()] == []  # a long path has its own line
    text = "\n".join(lines)
    assert str(Path.home()) not in text
    assert platform.node() not in text
    assert f"/{getpass.getuser()}" not in text
    assert "VIDTUTOR_CACHE=~" in section(lines, "Variables")


def test_names_and_passwords_leave_paths_and_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("USER", "ada")
    monkeypatch.setattr(platform, "node", lambda: "adas-laptop")
    private = environment.private
    assert (
        private("in /home/ada/films, /mnt/c/Users/ada/x and /srv/adagio")
        == "in ~/films, /mnt/c/Users/NAME/x and /srv/adagio"
    )
    assert private(r"C:\\Users\\ada\\x, Canada") == r"C:\\Users\\NAME\\x, Canada"
    assert private("VIDTUTOR_MIRROR=http://ada:secret@adas-laptop:80/x") == "VIDTUTOR_MIRROR=http://NAME:80/x"


def test_what_is_missing_or_too_old_is_named_with_the_command() -> None:
    def version(name: str) -> str | None:
        if name == "keras":
            raise PackageNotFoundError(name)
        return {"numpy": "1.25.2"}[name]

    there, sentences, unmet = environment.check(GOOD, version)
    assert there == ["numpy 1.25.2"]
    assert sentences == ["numpy 1.25.2 is too old: vidtutor needs >=1.26.", "keras is missing."]
    assert unmet == ["numpy>=1.26", "keras>=3.8"]
    assert environment.check(GOOD, {"numpy": "2.0.0rc1", "keras": "3.8"}.get)[1:] == ([], [])
    assert environment.check(GOOD, {"keras": "3.10"}.get)[1] == ["numpy is missing."]  # metadata without a version


def test_broken_packages_become_lines(tmp_path: Path) -> None:
    for name in ("tensorflow", "cv2", "numpy", "IPython", "rich"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('libGL.so.1: cannot open\\nand more')\n")
    lines = doctor(tmp_path, PYTHONPATH=os.pathsep.join([str(tmp_path), PACKAGE]))
    assert section(lines, "GPU") == "not known, because TensorFlow cannot be used: ImportError: libGL.so.1: cannot open"
    assert section(lines, "OpenCV") == "could not be looked at: ImportError: libGL.so.1: cannot open"
    assert "with libx264" in section(lines, "FFmpeg")
    assert "What will be slow here:" in lines


def test_a_gpu_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = """
        from types import SimpleNamespace as Space
        __version__ = "2.99.0"
        experimental = Space(get_device_details=lambda gpu: {"device_name": "Tesla T4"})
        config = Space(experimental=experimental, list_physical_devices=lambda kind: [Space(name="/" + kind)])
        test = Space(is_built_with_gpu_support=lambda: True)
    """
    (tmp_path / "tensorflow.py").write_text(textwrap.dedent(stand_in))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (line,), facts = environment._gpu()
    assert line.startswith("TensorFlow 2.99.0 uses Tesla T4")
    assert facts == {"gpus": 1}


def test_an_ffmpeg_that_is_not_there_is_named_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "nowhere"))
    (line,), _ = environment._safely(("FFmpeg", environment._ffmpeg))
    assert "nowhere, which is no program: unset it" in line
    version, untried = environment._opencv()[0]
    assert version.endswith("decodes none of the clips")
    assert untried.startswith("H.264, VP9, AV1, MPEG-4, MJPEG: not tried, because no clip could be made")


def test_a_program_that_dies_or_hangs_gets_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="was ended by SIGILL"):
        environment._run(sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    monkeypatch.setattr(environment, "PATIENCE", 0.2)
    with pytest.raises(RuntimeError, match=r"gave no answer within 0\.2 seconds"):
        environment._run(sys.executable, "-c", "import time; time.sleep(60)")


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (Machine(gpus=0, processors=2, memory=8, avx512=True), ["no GPU"]),
        (
            Machine(gpus=0, processors=1, memory=2, avx512=False),
            ["no GPU", "chapters 11 to 13", "one processor", "4 GB"],
        ),
        (Machine(gpus=0, onednn=False, profile="gpu"), ["no GPU", "VIDTUTOR_PROFILE", "TF_ENABLE_ONEDNN_OPTS"]),
        (Machine(gpus=1, processors=2, memory=12, avx512=False, profile="gpu"), []),
        (Machine(), []),
    ],
)
def test_what_will_be_slow_follows_from_what_was_found(machine: Machine, words: list[str]) -> None:
    sentences = environment.slow(machine)
    assert len(sentences) == len(words)
    assert all(word in sentence for word, sentence in zip(words, sentences, strict=True))
