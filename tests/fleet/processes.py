"""What processes cost, as Linux tells it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PPID, _USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM = 1, 11, 12, 13, 14  # proc(5), after the name


@dataclass(frozen=True)
class CpuTime:
    """Processor time in seconds, of user and system together."""

    seconds: float

    def __add__(self, other: CpuTime) -> CpuTime:
        return CpuTime(self.seconds + other.seconds)

    def __sub__(self, other: CpuTime) -> CpuTime:
        return CpuTime(self.seconds - other.seconds)


def cpu_of(pid: int, *, with_ended_children: bool = False) -> CpuTime:
    """The processor time of a process; nothing of one that is gone."""
    fields = _stat(pid)
    if fields is None:
        return CpuTime(0.0)
    wanted = [_USER, _SYSTEM, *((_CHILDREN_USER, _CHILDREN_SYSTEM) if with_ended_children else ())]
    return CpuTime(sum(int(fields[each]) for each in wanted) / _TICKS)


def cpu_of_children(pid: int) -> CpuTime:
    """The processor time of the children of a process that still run."""
    total = CpuTime(0.0)
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and (fields := _stat(int(path.name))) and int(fields[_PPID]) == pid:
            total += cpu_of(int(path.name))
    return total


def _stat(pid: int) -> list[str] | None:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return None
