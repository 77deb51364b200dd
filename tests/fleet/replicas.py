"""Replicas: processes of `paperboy run` that share a database, and what can happen to each."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fleet.processes import CpuTime, cpu_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from tests.fleet.database import Way

ROOT = Path(__file__).resolve().parents[2]
RUN = ("-m", "bot", "run")
_ENDS_WITHIN_SECONDS = 20


@dataclass
class Replica:
    """One replica: a process that may be killed, stopped, and begun again under its name."""

    name: str
    environment: Mapping[str, str]
    log: Path
    program: Sequence[str] = RUN
    way: Way | None = None
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    cpu_before: CpuTime = field(default_factory=lambda: CpuTime(0.0))
    starts: int = 0

    @property
    def pid(self) -> int:
        """Its process."""
        assert self.process is not None
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it has a process that has not ended."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Begin a process; it is not waited for."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.program],
                env={**inherited, **self.environment, "PYTHONPATH": str(ROOT)},
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.starts += 1

    def kill(self) -> None:
        """End it at once, whatever it is at."""
        self._note_cpu()
        if self.process:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Let it do nothing until it is continued."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Continue after `stop`."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)

    def terminate(self) -> None:
        """Ask it to end."""
        if self.is_alive and self.process:
            self._note_cpu()
            self.process.send_signal(signal.SIGTERM)

    async def ended(self) -> None:
        """Wait for its end, which is not long in coming."""
        if self.process is None:
            return
        try:
            await asyncio.to_thread(self.process.wait, _ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu(self) -> CpuTime:
        """The processor time of all its processes so far."""
        return self.cpu_before + (cpu_of(self.pid) if self.is_alive else CpuTime(0.0))

    def _note_cpu(self) -> None:
        """Keep what this process took, which nobody can ask once it has ended."""
        if self.is_alive:
            self.cpu_before += cpu_of(self.pid)


@asynccontextmanager
async def running(replicas: Sequence[Replica]) -> AsyncIterator[None]:
    """Start them all; when the block ends, each is asked to end."""
    for each in replicas:
        each.start()
    try:
        yield
    finally:
        for each in replicas:
            if each.process and each.is_alive:
                each.go_on()
            each.terminate()
        await asyncio.gather(*(each.ended() for each in replicas))


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
