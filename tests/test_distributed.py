"""The script of chapter 19 on two workers: two processes on this machine that talk over the loopback."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import numpy as np

LONGEST = 240  # seconds, on a machine that does other things too


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]


def test_two_workers_end_like_one_process(by_hand: Callable[[str], SimpleNamespace], tmp_path: Path) -> None:
    chapter = by_hand("19")
    (tmp_path / "replicas.py").write_text(chapter.SETUP + chapter.PARTS + chapter.LOOP, encoding="utf-8")
    workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
    started: list[subprocess.Popen[bytes]] = []
    try:
        for name, index in (("one", None), ("workers", 0), ("workers", 1)):
            environment = os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
            if index is not None:
                task = {"type": "worker", "index": index}
                environment["TF_CONFIG"] = json.dumps({"cluster": {"worker": workers}, "task": task})
            with (tmp_path / f"{name}{index}.log").open("wb") as log:
                command = [sys.executable, "replicas.py", name, f"{name}{index}.npz"]
                started.append(subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log))
        for process in started:
            assert process.wait(LONGEST) == 0, "".join(log.read_text()[-900:] for log in tmp_path.glob("*.log"))
    finally:
        for process in started:
            process.kill()
            process.wait()
    one, first, second = (np.load(tmp_path / f"{name}.npz") for name in ("oneNone", "workers0", "workers1"))
    for kind in one.files:
        np.testing.assert_allclose(first[kind], second[kind], atol=1e-7)
    np.testing.assert_allclose(first["plain"], one["plain"], atol=1e-6)
    assert np.abs(first["normalised"] - one["normalised"]).max() > 1e-4  # each replica normalises by its own clips
