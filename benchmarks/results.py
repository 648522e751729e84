"""What the benchmarks share: measuring a process, naming the machine, keeping RESULTS.md."""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
RESULTS_FILE = Path(__file__).with_name("RESULTS.md")
SAMPLING_SECONDS = 0.05

# Sections keep this order in RESULTS.md; a new benchmark adds its key here.
SECTIONS = ("first-five-minutes", "floor", "incremental", "boards", "peers")
INTRODUCTION = """# Benchmark results

Figures that the commands in this folder have measured; each section says with what, where and when.
Do not edit them by hand: the next run replaces its section.
"""


@dataclass(frozen=True)
class Measured:
    """A finished process; `others_share` is how much of the machine others used meanwhile."""

    seconds: float
    cpu_seconds: float
    peak_rss_mb: int
    others_share: float
    returncode: int
    stdout: str


def tree_rss(process: psutil.Process) -> int:
    """Add up the resident memory of a process and all that it has started."""
    total = 0
    with suppress(psutil.Error):
        for member in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):
                total += member.memory_info().rss
    return total


def measure(
    command: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str | None]
) -> Measured:
    """Run a command to its end, watching its time and the memory of all its processes.

    The environment is added to that of this process; names whose value is None are taken out of it.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy_before = busy_seconds()
    merged = {**os.environ, **environment}
    started = time.perf_counter()
    peak = 0
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env={name: value for name, value in merged.items() if value is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        chunks: list[str] = []

        def read() -> None:
            if process.stdout:
                chunks.extend(process.stdout)

        reader = threading.Thread(target=read)
        reader.start()
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, tree_rss(watched))
            time.sleep(SAMPLING_SECONDS)
        seconds = time.perf_counter() - started
        reader.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    others = busy_seconds() - busy_before - cpu_seconds
    others_share = max(0.0, others / (seconds * (psutil.cpu_count() or 1)))
    return Measured(
        seconds, cpu_seconds, peak // 2**20, others_share, process.returncode, "".join(chunks)
    )


def busy_seconds() -> float:
    """Add up the CPU time that the whole machine has spent on anything."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)


def processor() -> str:
    """Name the processor."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def machine_line(packages: Sequence[str]) -> str:
    """Say when and on what something was measured, with the versions of some packages."""
    versions = [f"Python {platform.python_version()}"]
    for package in packages:
        with suppress(PackageNotFoundError):
            versions.append(f"{package} {version(package)}")
    memory = round(psutil.virtual_memory().total / 2**30)
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {processor()}, {psutil.cpu_count()} cores,"
        f" {memory} GiB; {', '.join(versions)}."
    )


def disturbance(*runs: Measured) -> str:
    """Say how busy others kept the machine meanwhile, in the worst of some runs."""
    share = max(run.others_share for run in runs)
    return f"Other processes took up to {share:.0%} of the machine's CPU time meanwhile."


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Format a Markdown table; every column but the first is aligned to the right."""
    lines = [
        "| " + " | ".join(head) + " |",
        "|---" + "|--:" * (len(head) - 1) + "|",
        *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows),
    ]
    return "\n".join(lines)


def section_rank(key: str) -> tuple[int, str]:
    """Give the place of a section: by its prefix in SECTIONS, then by name."""
    for rank, prefix in enumerate(SECTIONS):
        if key.startswith(prefix):
            return rank, key
    return len(SECTIONS), key


def write_section(key: str, body: str) -> None:
    """Put a section into RESULTS.md in place of the one with that key."""
    text = RESULTS_FILE.read_text(encoding="utf-8") if RESULTS_FILE.exists() else ""
    found = re.findall(r"<!-- begin (\S+) -->\n(.*?)<!-- end \1 -->", text, re.DOTALL)
    sections = {name: content.strip() for name, content in found}
    sections[key] = body.strip()
    parts = [INTRODUCTION.strip()]
    parts += [
        f"<!-- begin {name} -->\n\n{sections[name]}\n\n<!-- end {name} -->"
        for name in sorted(sections, key=section_rank)
    ]
    RESULTS_FILE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
