"""A pytest plugin for chapters.py: one line as a chapter starts, one as it ends, and what it cost."""

import resource
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

finished: dict[str, dict[str, Any]] = {}  # chapter -> passed, seconds, cpu_seconds


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note the processor time of the chapter's kernel: two chapters at a time make the clock on the wall unfair."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        return (yield)
    finally:
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        item.user_properties.append(("cpu_seconds", round(cpu, 1)))


def pytest_runtest_logstart(nodeid: str) -> None:
    """Say which chapter starts."""
    print(f"  run   {_chapter(nodeid)}", flush=True)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Say how a chapter ended."""
    if report.when != "call" and report.passed:
        return
    cpu = dict(report.user_properties).get("cpu_seconds", 0.0)
    finished[_chapter(report.nodeid)] = {
        "passed": report.passed,
        "seconds": round(report.duration, 1),
        "cpu_seconds": cpu,
    }
    verdict = "ok   " if report.passed else "FAIL "
    print(f"  {verdict} {_chapter(report.nodeid)}  {report.duration:.0f} s ({cpu:.0f} s of processor time)", flush=True)


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Print no dots: the lines above say it."""
    return (report.outcome, "", "") if report.when == "call" else None


def _chapter(nodeid: str) -> str:
    return Path(nodeid.split("::")[0]).stem
