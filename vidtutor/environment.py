"""What this machine offers and lacks, as a text to paste into a question: `python -m vidtutor doctor`.

Another doctor, `vidtutor.doctor`, looks at a training. This one looks at where it runs, even where much is broken: so
it starts from the standard library alone, and what could end Python runs in a Python of its own.
"""

import importlib.metadata
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidtutor import __version__
from vidtutor.files import DRIVE, home

WIDTH = 110  # characters a line
PATIENCE = 60  # seconds that a program started here may take
FRAMES = 5

# Name, file, and what FFmpeg is told, for each kind of video that students bring.
CODECS = (
    ("H.264", "h264.mp4", ("libx264", "-pix_fmt", "yuv420p")),
    ("VP9", "vp9.webm", ("libvpx-vp9", "-deadline", "realtime")),
    ("AV1", "av1.mp4", ("libaom-av1", "-cpu-used", "8")),
    ("MPEG-4", "mpeg4.avi", ("mpeg4",)),
    ("MJPEG", "mjpeg.avi", ("mjpeg", "-pix_fmt", "yuvj420p")),
)

# These two print one line of JSON. A frame counts only if something is to be seen in it.
DECODE = """
import json, sys, cv2
counts = []
for path in sys.argv[1:]:
    video = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    counts.append(0)
    while (frame := video.read()[1]) is not None:
        counts[-1] += bool(frame.std() > 10)
print(json.dumps({"version": cv2.__version__, "counts": counts}))
"""
LIST_GPUS = """
import json, tensorflow as tf
details = tf.config.experimental.get_device_details
gpus = [details(gpu).get("device_name", gpu.name) for gpu in tf.config.list_physical_devices("GPU")]
print(json.dumps({"gpus": gpus, "version": tf.__version__, "for_gpus": tf.test.is_built_with_gpu_support()}))
"""

Found = tuple[list[str], dict[str, Any]]  # lines for the report, facts for `Machine`


@dataclass(frozen=True)
class Machine:
    """What decides how fast the chapters are; None where it could not be found out.

    gpus: how many TensorFlow uses. processors: how many this process may use. memory: GB in all.
    avx512: whether an Intel or AMD processor has AVX-512. onednn: False where the user has switched it off.
    profile: what VIDTUTOR_PROFILE says.
    """

    gpus: int | None = None
    processors: int | None = None
    memory: float | None = None
    avx512: bool | None = None
    onednn: bool = True
    profile: str | None = None


def report() -> str:
    """Describe the environment in some 30 lines of plain text, without the names of user, home folder and computer.

    It starts FFmpeg, OpenCV and TensorFlow for a moment each, about 5 seconds in all, and leaves the network alone.
    It raises nothing: a probe that fails becomes a line that says so.
    """
    facts: dict[str, Any] = {}
    lines = []
    with ThreadPoolExecutor() as pool:  # most of the time is TensorFlow's import, in a process of its own
        for (title, _), (texts, found) in zip(PROBES, pool.map(_safely, PROBES), strict=True):
            facts |= found
            for row, text in enumerate(texts):
                lines += _wrapped(text, f"{title + ':' if row == 0 else '':<11}", " " * 13)
    lines += ["", "What will be slow here:"]
    for sentence in slow(Machine(**facts)) or ["Nothing, as far as could be found out."]:
        lines += _wrapped(sentence, "- ", "  ")
    return "\n".join(lines)


def slow(machine: Machine) -> list[str]:
    """Say in sentences what will take longer on such a machine than the book says, and what helps."""
    sentences = []
    if machine.gpus == 0:
        sentences.append(
            "There is no GPU: the 'gpu' profile of a chapter is not meant for this machine. The 'cpu' profile, which "
            "is chosen by itself, takes about a minute a chapter. Free GPUs: Runtime > Change runtime type in Colab."
        )
        if machine.profile == "gpu":
            sentences.append("VIDTUTOR_PROFILE=gpu asks for the 'gpu' profile all the same: unset it.")
        if machine.avx512 is False:
            sentences.append("This processor has no AVX-512: chapters 11 to 13 take up to three times as long.")
        if not machine.onednn:
            sentences.append(
                "TF_ENABLE_ONEDNN_OPTS=0 switches oneDNN off: a 3-D convolution may train 20 times slower. Unset it."
            )
    if machine.processors is not None and machine.processors < 2:
        sentences.append("There is one processor: a chapter takes up to twice the minute that it takes on two.")
    if machine.memory is not None and machine.memory < 4:
        sentences.append(
            "There is less than 4 GB of memory: the system may end a chapter that trains, and Jupyter then says that "
            "the kernel has died. Run one chapter at a time, and shut down the others."
        )
    return sentences


def check(requires: Iterable[str], version_of: Callable[[str], str | None]) -> tuple[list[str], list[str], list[str]]:
    """Compare requirements, "numpy>=1.26", with what is installed; those of an extra are left out.

    version_of: gives the version of a package, None or PackageNotFoundError where it is missing.
    Returns what is there, "numpy 2.4.6"; a sentence for each requirement that is not met; and these requirements.
    """
    from packaging.requirements import Requirement

    there, sentences, unmet = [], [], []
    for requirement in map(Requirement, requires):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = version_of(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            version = None
        if version is not None:
            there.append(f"{requirement.name} {version}")
        if version is None:
            sentences.append(f"{requirement.name} is missing.")
        elif not requirement.specifier.contains(version, prereleases=True):
            sentences.append(f"{requirement.name} {version} is too old: vidtutor needs {requirement.specifier}.")
        else:
            continue
        unmet.append(f"{requirement.name}{requirement.specifier}")
    return there, sentences, unmet


def private(text: str) -> str:
    """Take out of a text what tells who uses which computer: the home folder, names in paths, passwords in addresses.

    The home folder becomes "~", the name of user or computer as a part of a path or an address "NAME".
    """
    home = os.path.expanduser("~")
    if len(home) > 1:  # "/" in some containers, "~" where there is none
        text = text.replace(home, "~")
    text = re.sub(r"//[^/@\s]+@", "//", text)
    variables = ("USER", "LOGNAME", "USERNAME")
    names = {os.path.basename(home), platform.node(), *(os.environ.get(name, "") for name in variables)}
    for name in sorted(names - {"", "~", "localhost"}, key=len, reverse=True):
        text = re.sub(rf"(?<=[\\/]){re.escape(name)}(?![\w-])", "NAME", text)
    return text


def _safely(probe: tuple[str, Callable[[], Found]]) -> Found:
    try:
        return probe[1]()
    except Exception as error:
        return [f"could not be looked at: {_reason(error)}"], {}


def _reason(error: Exception) -> str:
    first_line = (str(error).splitlines() or [""])[0]
    return first_line if isinstance(error, RuntimeError) else f"{type(error).__name__}: {first_line}"


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    wrapper = textwrap.TextWrapper(WIDTH, first, rest, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(private(text))


def _run(*command: str) -> str:
    """Run a program, return what it prints; RuntimeError, with its last complaint, where it fails."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{name} gave no answer within {PATIENCE} seconds") from None
    if done.returncode < 0:
        raise RuntimeError(f"{name} was ended by {signal.Signals(-done.returncode).name}")
    if done.returncode:
        errors = re.findall(r"^[\w.]+Error: .*", done.stderr, re.MULTILINE) or done.stderr.strip().splitlines()
        raise RuntimeError(errors[-1] if errors else f"{name} ended with status {done.returncode}")
    return done.stdout


def _answer(code: str, *words: str) -> dict[str, Any]:
    """Run a piece of Python, and read the JSON in the last line that it prints."""
    answer: dict[str, Any] = json.loads(_run(sys.executable, "-c", code, *words).splitlines()[-1])
    return answer


def _vidtutor() -> Found:
    system = platform.system()
    if system == "Linux":
        with suppress(OSError):  # a system without /etc/os-release
            system = platform.freedesktop_os_release()["PRETTY_NAME"]
        system += " under Windows (WSL)" if "microsoft" in platform.release().lower() else ""
    elif system == "Darwin":
        system = f"macOS {platform.mac_ver()[0]}"
    else:
        system += f" {platform.release()}"
    return [f"{__version__}, Python {platform.python_version()}, {system}, {platform.machine()}"], {}


def _place() -> Found:
    if "google.colab" in sys.modules or "COLAB_RELEASE_TAG" in os.environ:
        drive = "mounted" if DRIVE.is_dir() else "not mounted"
        return [f"Colab, {os.environ.get('COLAB_RELEASE_TAG', 'release unknown')}; Google Drive is {drive}"], {}
    virtual = "a virtual environment" if sys.prefix != sys.base_prefix else "no virtual environment"
    return [f"not Colab; {'a conda environment' if Path(sys.prefix, 'conda-meta').is_dir() else virtual}"], {}


def _packages() -> Found:
    try:
        requires = importlib.metadata.requires("vidtutor") or []
    except importlib.metadata.PackageNotFoundError:
        return ["vidtutor is not installed, so what it needs is not known: python -m pip install -e ."], {}
    there, sentences, unmet = check(requires, importlib.metadata.version)
    if not unmet:
        return [", ".join(there), "All that vidtutor needs is there, and new enough."], {}
    command = " ".join(f'"{requirement}"' for requirement in unmet)
    return [", ".join(there), *sentences, "Mend it with:", f"python -m pip install --upgrade {command}"], {}


def _ffmpeg() -> Found:
    program = _ffmpeg_program()
    version = _run(program, "-version").split(" Copyright")[0].splitlines()[0].removeprefix("ffmpeg version ")
    libx264 = "with" if " libx264 " in _run(program, "-hide_banner", "-encoders") else "WITHOUT"
    return [f"{version}, {libx264} libx264, which writes the videos of the chapters; {program}"], {}


def _ffmpeg_program() -> str:
    """Find the FFmpeg that the book uses. Raises RuntimeError, which names the way out, where there is none."""
    import imageio_ffmpeg

    way_out = 'python -m pip install --force-reinstall --no-deps "imageio-ffmpeg>=0.6"'
    if named := os.environ.get("IMAGEIO_FFMPEG_EXE"):
        if not shutil.which(named):
            raise RuntimeError(f"IMAGEIO_FFMPEG_EXE names {named}, which is no program: unset it")
        return named
    try:
        return imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError:
        raise RuntimeError(f"none was found; mend it with: {way_out}") from None


def _opencv() -> Found:
    with tempfile.TemporaryDirectory() as folder:
        made, not_made = [], []
        for name, file, encoder in CODECS:
            picture = f"testsrc2=size=128x96:rate=10:duration={FRAMES / 10}"
            try:
                program = _ffmpeg_program()
                path = str(Path(folder, file))
                _run(program, "-v", "error", "-f", "lavfi", "-i", picture, "-c:v", *encoder, path)
                made.append((name, path))
            except Exception as error:
                not_made.append((name, _reason(error)))
        answer = _answer(DECODE, *(path for _, path in made))
    counts = dict(zip((name for name, _ in made), answer["counts"], strict=True))
    decoded = [name for name, count in counts.items() if count == FRAMES]
    lines = [f"{answer['version']}, decodes {', '.join(decoded) or 'none of the clips'}"]
    lines += [
        f"{name}: {count} of {FRAMES} frames; vidtutor.video.convert makes H.264 of such a file"
        for name, count in counts.items()
        if name not in decoded
    ]
    for reason in sorted({reason for _, reason in not_made}):
        names = ", ".join(name for name, why in not_made if why == reason)
        lines.append(f"{names}: not tried, because no clip could be made ({reason})")
    return lines, {}


def _processor() -> Found:
    every = os.cpu_count() or 1
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else every
    share, period = (_container_limit("cpu.max") + " 100000").split()[:2]
    if share != "max":
        ours = min(ours, max(1, round(int(share) / int(period))))
    name, avx, has_avx512 = platform.processor() or "unknown name", "", None
    if platform.machine().lower() in ("x86_64", "amd64") and (cpuinfo := Path("/proc/cpuinfo")).exists():
        described = dict(re.findall(r"^(model name|flags)\s*: (.*)$", cpuinfo.read_text(), re.MULTILINE))
        flags = described.get("flags", "").split()
        name, has_avx512 = described.get("model name", name), "avx512f" in flags
        kinds = {"AVX": "avx", "AVX2": "avx2", "AVX-512": "avx512f", "AVX-512 VNNI": "avx512_vnni"}
        avx = f", {' '.join(kind for kind, flag in kinds.items() if flag in flags) or 'no AVX'}"
    onednn = os.environ.get("TF_ENABLE_ONEDNN_OPTS") != "0"  # vidtutor sets it to 1, unless the user has set it
    line = f"{name}{avx}; {ours} of {every} to be used; oneDNN {'on' if onednn else 'OFF'}"
    profile = os.environ.get("VIDTUTOR_PROFILE")
    return [line], {"processors": ours, "avx512": has_avx512, "onednn": onednn, "profile": profile}


def _memory() -> Found:
    try:
        import psutil  # Jupyter's kernel brings it

        total, free = psutil.virtual_memory().total, psutil.virtual_memory().available
    except ImportError:
        pages, free_pages, size = (os.sysconf(f"SC_{name}") for name in ("PHYS_PAGES", "AVPHYS_PAGES", "PAGE_SIZE"))
        total, free = pages * size, free_pages * size
    limit = _container_limit("memory.max").strip()
    if limit.isdigit() and int(limit) < total:
        total = int(limit)
        free = min(free, total - int(_container_limit("memory.current")))
    return [f"{total / 1e9:.1f} GB, {free / 1e9:.1f} GB of it free"], {"memory": total / 1e9}


def _container_limit(name: str) -> str:
    """Read a limit that a container (Docker, Binder) sets to what the machine has; "max" where there is none."""
    path = Path("/sys/fs/cgroup", name)
    return path.read_text(encoding="ascii") if path.exists() else "max"


def _disk() -> Found:
    temporary = Path(tempfile.gettempdir()).resolve()  # Windows shortens names in it
    lines = []
    for meant_for, folder in (("temporary files", temporary), ("data sets", home().absolute())):
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        lines.append(f"{shutil.disk_usage(there).free / 1e9:.1f} GB free for {meant_for} ({folder})")
    return ["; ".join(lines)], {}


def _variables() -> Found:
    others = ("CUDA_VISIBLE_DEVICES", "IMAGEIO_FFMPEG_EXE", "KERAS_BACKEND", "PYTHONPATH")
    named = sorted(name for name in os.environ if name.startswith("VIDTUTOR_") or name in others)
    return [", ".join(f"{name}={os.environ[name]}" for name in named) or "none of VIDTUTOR_* is set"], {}


def _gpu() -> Found:
    try:
        known = _run("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader").strip().splitlines()
    except (OSError, RuntimeError):
        known = []
    try:
        answer = _answer(LIST_GPUS)
    except Exception as error:
        line = f"not known, because TensorFlow cannot be used: {_reason(error)}"
        return [line, *(f"The driver knows {gpu}." for gpu in known)], {}
    gpus = answer["gpus"]
    if gpus:
        return [f"TensorFlow {answer['version']} uses {', '.join(gpus)} (driver: {'; '.join(known) or 'unknown'})"], {
            "gpus": len(gpus)
        }
    line = f"TensorFlow {answer['version']} uses none"
    if not answer["for_gpus"]:
        line += ", and this build of it cannot"
    elif "CUDA_VISIBLE_DEVICES" in os.environ:
        line += "; CUDA_VISIBLE_DEVICES may hide one"
    if known:
        line += f". The driver knows {'; '.join(known)}"
        if answer["for_gpus"] and "CUDA_VISIBLE_DEVICES" not in os.environ:
            line += ': python -m pip install "tensorflow[and-cuda]" brings what TensorFlow needs for it'
    return [line], {"gpus": 0}


PROBES: tuple[tuple[str, Callable[[], Found]], ...] = (
    ("vidtutor", _vidtutor),
    ("Runs in", _place),
    ("Packages", _packages),
    ("FFmpeg", _ffmpeg),
    ("OpenCV", _opencv),
    ("GPU", _gpu),
    ("Processor", _processor),
    ("Memory", _memory),
    ("Disk", _disk),
    ("Variables", _variables),
)
