"""A kernel that refuses what a notebook to be graded has no business doing. See `vidtutor.grading.isolation`.

    python -m vidtutor.grading.guard FOLDER '["/home/teacher/course"]' -f connection.json

It refuses to write, remove or rename files outside FOLDER, to look into the folders listed, to reach other hosts, and
to start programs other than the ffmpeg that imageio_ffmpeg names. It is a guard against accidents and simple mischief,
not a sandbox: it sees what Python's own functions do (`sys.addaudithook`). Code in C is not seen, so ctypes goes around
it, and so do OpenCV and TensorFlow where they write files by themselves. What needs a wall needs bubblewrap or a
container.
"""

import contextlib
import ipaddress
import json
import os
import sys
from typing import Any

REFUSED = "Refused while grading:"
PATHS = {  # event: which of its arguments are paths, and which of them is the folder that a relative path starts from
    "os.chmod": ((0,), 2),
    "os.chown": ((0,), 3),
    "os.link": ((0, 1), None),
    "os.mkdir": ((0,), 2),
    "os.remove": ((0,), 1),
    "os.rename": ((0, 1), None),
    "os.rmdir": ((0,), 1),
    "os.setxattr": ((0,), None),
    "os.symlink": ((1,), 2),
    "os.truncate": ((0,), None),
    "os.utime": ((0,), 3),
    "shutil.rmtree": ((0,), 1),
    "sqlite3.connect": ((0,), None),
}
READING = {"open", "os.listdir", "os.scandir"}
PROGRAMS = {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.system"}
FORKS = {"os.fork", "os.forkpty", "pty.spawn"}
HOSTS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
SENDING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
ADDRESS_SPACE = 16 << 30  # TensorFlow maps far more than it uses
FILE_SIZE = 1 << 30


def refusal(
    event: str, args: tuple[Any, ...], folder: str, hidden: tuple[str, ...], programs: frozenset[str]
) -> str | None:
    """Say in a sentence why an audit event is refused, or return None.

    event, args: as `sys.audit` gives them. folder: the real path inside which files may be written. hidden: folders
    that may not be read. programs: real paths of those that may be started.
    """
    if event in READING and isinstance(args[0], str | bytes | os.PathLike):
        path = os.path.abspath(os.fsdecode(args[0])) + os.sep
        if any(path.startswith(place + os.sep) for place in hidden):
            return "a notebook may not look into the folders of the course"
    if event == "open":
        path, mode, flags = args
        writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else (flags or 0) & WRITING
        outside = _outside(path, folder) if writes and path != os.devnull else None
        return f"a notebook may write only inside its own folder, not {outside}" if outside else None
    if event in PATHS:
        places, start = PATHS[event]
        base = args[start] if start is not None and start < len(args) else -1
        outside = next((found for place in places if (found := _outside(args[place], folder, base))), None)
        return f"a notebook may change files only inside its own folder, not {outside}" if outside else None
    if event in PROGRAMS or event in FORKS:
        program = _program(event, args) if event in PROGRAMS else "a copy of itself"
        started = os.path.realpath(program) in programs
        return None if started else f"a notebook may not start programs, such as {program}"
    if event in HOSTS or event in SENDING:
        address = args[1] if event in SENDING else args
        host = address[0] if isinstance(address, tuple) else None
        return None if _local(host) else f"a notebook may not use the network, such as {host}"
    if event == "os.killpg" or (event == "os.kill" and (args[0] <= 0 or args[0] == os.getppid())):
        return "a notebook may not end other processes"
    return None


def install(folder: str, hidden: list[str]) -> None:
    """Refuse, for the rest of this process, what `refusal` refuses. There is no way back."""
    allowed, unread, programs = os.path.realpath(folder), tuple(hidden), _ffmpeg()

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if reason := refusal(event, args, allowed, unread, programs):
            raise PermissionError(f"{REFUSED} {reason}.")

    sys.addaudithook(watch)


def _outside(path: Any, folder: str, base: int = -1) -> str | None:
    """The real path where it lies outside the folder; None where it lies inside, or is an open file."""
    if isinstance(path, int) or path in (":memory:", ""):
        return None
    name = os.fsdecode(path)
    if base is not None and base >= 0:
        name = os.path.join(_path_of(base), name)
    real = os.path.realpath(name)
    return None if real == folder or real.startswith(folder + os.sep) else real


def _path_of(descriptor: int) -> str:
    """The path of an open folder, such as those from which `shutil.rmtree` removes."""
    if sys.platform == "darwin":
        import fcntl

        return os.fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))
    return os.readlink(f"/proc/self/fd/{descriptor}")


def _program(event: str, args: tuple[Any, ...]) -> str:
    """The program that is to be started. On Windows `subprocess` gives a line of text: "C:\\some ffmpeg.exe" -i …"""
    program = args[1] if event == "os.spawn" else args[0]
    if program is not None:
        return os.fsdecode(program)
    line = args[1] if isinstance(args[1], str) else os.fsdecode(args[1][0])
    return line.split('"')[1] if line.startswith('"') else line.partition(" ")[0]


def _local(host: Any) -> bool:
    if host is None or host in ("", b"", "localhost", b"localhost"):
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(os.fsdecode(host)).is_loopback
    return False


def _ffmpeg() -> frozenset[str]:
    try:
        import imageio_ffmpeg

        return frozenset({os.path.realpath(imageio_ffmpeg.get_ffmpeg_exe())})
    except (ImportError, RuntimeError):  # not installed, or without a program for this machine
        return frozenset()


def _limit() -> None:
    """Limit memory and files where the platform can; what a limit cannot be lowered to stays as it is."""
    with contextlib.suppress(ImportError):  # Windows has no such limits
        import resource

        for kind, limit in [
            (resource.RLIMIT_AS, ADDRESS_SPACE),
            (resource.RLIMIT_FSIZE, FILE_SIZE),
            (resource.RLIMIT_CORE, 0),
        ]:
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (limit, limit))


def main() -> None:
    """Start a kernel behind the guard."""
    folder, hidden = sys.argv.pop(1), json.loads(sys.argv.pop(1))
    from ipykernel import kernelapp, zmqshell

    # `exit()` ends a kernel some time later, in the middle of another cell: here it ends its own cell.
    zmqshell.ZMQInteractiveShell.ask_exit = lambda _: sys.exit("exit() was called")  # type: ignore[method-assign]
    _limit()
    install(folder, hidden)
    kernelapp.launch_new_instance()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
