"""Run somebody else's notebook in a process of its own, in a folder of its own, within limits of time and output.

Layers: a fresh folder, which is home, cache and working directory; an environment without the caller's variables; the
kernel of `guard`; limits of memory and file size where the platform has them; the end of every process when the time
is up; and, where bubblewrap works (Linux), a view of the system in which only Python and that folder exist,
without a network. Without bubblewrap this stops accidents and simple mischief, and whoever means harm gets through.

nbclient talks to the kernel, as nbgrader's own `Execute` does. That one gives up the notebook when a kernel dies or
cannot be interrupted; here the cell that did it has failed, and a fresh kernel goes on behind it.
"""

import contextlib
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import psutil
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets import List, Unicode

OUTPUT = 1_000_000  # characters of output that a cell may show, enough for a player; the rest is left out
GIVEN = 3  # times the time of a cell for those that the teacher wrote
SPARE = 60  # seconds beyond the total in which a notebook's process must have ended by itself
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "OPENBLAS_NUM_THREADS", "VIDTUTOR_STATIC")
HOMES = (
    {"HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"}
    | {"IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"}
    | {"MPLCONFIGDIR", "KERAS_HOME", "VIDTUTOR_CACHE"}
)
# jsonschema, which nbformat imports, spends a second on a grammar of addresses where that package is installed.
START = "import sys; sys.modules['rfc3987_syntax'] = None; from vidtutor.grading import isolation; isolation.main()"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt")


class IsolationError(Exception):
    """The process that ran the notebook ended without an answer; says in a sentence how."""


@dataclass(frozen=True)
class Ran:
    """What became of a notebook: its cells with outputs, and the places of those that ran to their end.

    stopped: for each cell that ended its kernel, a sentence that says how.
    """

    notebook: NotebookNode
    passed: frozenset[int]
    stopped: dict[int, str]


def run(
    notebook: NotebookNode, tests: list[int], timeout: float, total: float, hidden: list[Path], bubblewrap: bool
) -> Ran:
    """Run a notebook's code cells in order and return what became of them.

    tests: places of cells that leave nothing behind for others, so that they need not run again in a fresh kernel.
    timeout, total: seconds that a cell and the whole may take. hidden: folders that may not be read. Nothing in the
    notebook can raise here except IsolationError, where its process was ended.
    """
    with tempfile.TemporaryDirectory(prefix="vidtutor-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        for part in ("work", "home", "tmp"):
            (folder / part).mkdir()
        _lend_fonts(folder / "home")
        command = [sys.executable, "-P", "-c", START]
        # The notebook goes through a pipe: hidden tests never lie in a file that student code could open.
        places = [str(path.resolve()) for path in hidden]
        limits = {"tests": tests, "timeout": timeout, "total": total, "hidden": places, "folder": str(folder)}
        job = json.dumps({"notebook": notebook, "limits": limits})
        with subprocess.Popen(
            [*_wall(folder), *command] if bubblewrap else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder / "work",
            env=_environment(folder),
            start_new_session=True,
        ) as process:
            try:
                output, error = process.communicate(job.encode(), timeout=total + SPARE)
            except subprocess.TimeoutExpired:
                raise IsolationError(f"it did not end within {total + SPARE:.0f} s") from None
            finally:
                _end(process)
    if process.returncode != 0:
        last = error.decode(errors="replace").strip().rpartition("\n")[2]
        raise IsolationError(f"its process ended with status {process.returncode} {last}".rstrip())
    reply = json.loads(output)
    stopped = {int(place): reason for place, reason in reply["stopped"].items()}
    return Ran(nbformat.from_dict(reply["notebook"]), frozenset(reply["passed"]), stopped)


@cache
def bubblewrap_works() -> bool:
    """Whether `bwrap` is installed and may make what it needs here: some systems forbid it."""
    if not shutil.which("bwrap"):
        return False
    with tempfile.TemporaryDirectory(prefix="vidtutor-") as name:
        folder = Path(name).resolve()
        (folder / "work").mkdir()
        command = [*_wall(folder), sys.executable, "-P", "-c", "import vidtutor, ipykernel"]
        return subprocess.run(command, env=_environment(folder), capture_output=True).returncode == 0


def _wall(folder: Path) -> list[str]:
    """The bubblewrap command behind which only the system, this Python and the folder exist."""
    package = Path(__file__).parents[1]
    python = [sys.prefix, sys.base_prefix, os.path.realpath(sys.prefix), *_packages(), str(package)]
    bound = [part for path in dict.fromkeys([*SYSTEM, *python]) for part in ("--ro-bind-try", path, path)]
    fresh = ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]
    own = ["--bind", str(folder), str(folder), "--chdir", str(folder / "work")]
    return ["bwrap", "--die-with-parent", "--new-session", "--unshare-all", *fresh, *bound, *own]


def _packages() -> list[str]:
    return [path for path in sys.path if path.endswith("-packages")]


def _environment(folder: Path) -> dict[str, str]:
    own = {name: str(folder / "home") for name in HOMES} | {
        name: str(folder / "tmp") for name in ("TMPDIR", "TEMP", "TMP")
    }
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    found = os.pathsep.join([str(Path(__file__).parents[2]), *_packages()])
    fixed = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONDONTWRITEBYTECODE": "1"}
    return kept | own | fixed | {"PYTHONPATH": found}


def _lend_fonts(home: Path) -> None:
    """Copy matplotlib's list of fonts, which takes it seconds to make."""
    with contextlib.suppress(ImportError, OSError):
        import matplotlib

        for path in Path(matplotlib.get_cachedir()).glob("fontlist*.json"):
            shutil.copy(path, home)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process and all that it started: kernels have process groups of their own."""
    with contextlib.suppress(psutil.Error):
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for each in family:
            with contextlib.suppress(psutil.Error):
                each.kill()


class _Guarded(KernelSpecManager):
    """Knows one kernel: the guarded one of this Python."""

    folder = Unicode()
    hidden = List(Unicode())

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-P", "-m", "vidtutor.grading.guard", self.folder, json.dumps(self.hidden)]
        argv += ["-f", "{connection_file}", "--HistoryManager.hist_file=:memory:"]
        return KernelSpec(argv=argv, display_name="guarded", language="python")


class _Client(NotebookClient):
    """Runs cells, drops what a cell shows beyond OUTPUT, and notes which cells ran to their end."""

    def __init__(self, notebook: NotebookNode, **settings: Any) -> None:
        super().__init__(notebook, **settings)
        self.shown: dict[int, int] = {}
        self.passed: set[int] = set()
        self.on_cell_executed = self._note

    def _note(self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        if execute_reply["content"]["status"] == "ok":
            self.passed.add(cell_index)

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        if msg["msg_type"] not in ("status", "execute_input"):
            before = self.shown.get(cell_index, 0)
            self.shown[cell_index] = before + len(str(msg["content"]))
            if self.shown[cell_index] > OUTPUT:
                if before <= OUTPUT:
                    left_out = "\n… the rest of what this cell shows was left out\n"
                    cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=left_out))
                return None
        return super().process_message(msg, cell, cell_index)


def execute(
    notebook: NotebookNode, tests: list[int], timeout: float, total: float, hidden: list[str], folder: str
) -> Ran:
    """Run a notebook here, in guarded kernels; what `run` does in a process of its own. Parameters as there.

    folder: has the folder `work`, where kernels start.
    """
    ends = time.monotonic() + total
    passed: set[int] = set()
    stopped: dict[int, str] = {}
    start = 0
    while start < len(notebook.cells):
        if time.monotonic() > ends:
            for place in range(start, len(notebook.cells)):
                _stop(notebook.cells[place], place, "was not run: the time for the whole notebook was used up", stopped)
            break
        manager = AsyncKernelManager(kernel_spec_manager=_Guarded(folder=folder, hidden=hidden), kernel_name="guarded")
        client = _Client(
            copy.deepcopy(notebook),
            km=manager,
            allow_errors=True,
            shutdown_kernel="immediate",
            timeout_func=lambda cell: max(0.1, min(_limit(cell, timeout), ends - time.monotonic())),
        )
        client.owns_km = True
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with client.setup_kernel(cwd=os.path.join(folder, "work"), **quiet):
            for place, cell in enumerate(notebook.cells):
                again = place < start
                if cell.cell_type != "code" or place in stopped or (again and place in tests):
                    continue
                reason = _run_cell(client, copy.deepcopy(cell) if again else cell, place, place not in tests)
                if reason:
                    _stop(cell, place, reason, stopped)
                    start = max(start, place + 1)
                    break
            else:
                start = len(notebook.cells)
        passed |= client.passed
    return Ran(notebook, frozenset(passed - stopped.keys()), stopped)


def _limit(cell: NotebookNode, timeout: float) -> float:
    """Seconds for a cell: the teacher's own imports and data get more, or a slow machine would cost points."""
    return GIVEN * timeout if cell.metadata.get("given") else timeout


def _run_cell(client: _Client, cell: NotebookNode, place: int, in_history: bool) -> str | None:
    started = time.monotonic()
    try:
        client.execute_cell(cell, place, store_history=in_history)  # `In` and %history would show hidden tests
    except CellTimeoutError:
        return f"did not end within {time.monotonic() - started:.0f} s"
    except DeadKernelError:
        return "ended the program that ran it"
    return None


def _stop(cell: NotebookNode, place: int, reason: str, stopped: dict[int, str]) -> None:
    if cell.cell_type == "code":
        stopped[place] = reason
        error = nbformat.v4.new_output("error", ename="Stopped", evalue=reason, traceback=[f"This cell {reason}."])
        cell.outputs.append(error)


def main() -> None:
    """Read a job from standard input, run it, and write what became of it to standard output."""
    job = json.load(sys.stdin)
    ran = execute(nbformat.from_dict(job["notebook"]), **job["limits"])
    json.dump({"notebook": ran.notebook, "passed": sorted(ran.passed), "stopped": ran.stopped}, sys.stdout)
