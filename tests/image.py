"""The image's steps, run one by one where no engine for containers is: `python -m tests.image`, as root, on Linux.

Each stage of the Dockerfile gets a copy-on-write view of this machine (an overlay in a mount namespace of its own) in
place of its base image, so that what it adds is a layer with nothing else in it; the base's Python is this machine's.
The last stage then runs as the user it names, on a root that is read-only, as `docker run --read-only` would.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from tests.harness import environment_for, settings_for
from tests.servers import PaperSources

ROOT = Path(__file__).resolve().parents[1]
_INSIDE = "PAPERBOY_IMAGE_INSIDE"
_BASE_PATH = "/usr/local/bin:/usr/bin:/bin"
_BASE_PYTHON = "/usr/bin/python3"
_CHECKS = 60
MEGABYTE = 1_000_000
# python:3.13-slim for linux/amd64, compressed, as its publisher tells.
BASE_MEGABYTES = 45
MOST_MEGABYTES = 150


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction and its arguments, as they are written, on one line."""

    word: str
    text: str

    def words(self) -> list[str]:
        """The arguments, of the exec form or between blanks."""
        if self.text.startswith("["):
            told: list[str] = json.loads(self.text)
            return told
        return shlex.split(self.text)


@dataclass(slots=True)
class Stage:
    """A stage: what it begins with, its name, and its steps."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def last(self, word: str) -> Step:
        """The last instruction of a kind, which is the one that counts."""
        return [step for step in self.steps if step.word == word][-1]

    def environment(self) -> dict[str, str]:
        """What it sets for those who run it."""
        pairs = (pair.partition("=") for step in self.steps if step.word == "ENV" for pair in step.words())
        return {name: value for name, _, value in pairs}


def stages(text: str) -> list[Stage]:
    """The stages of a Dockerfile."""
    lines = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^\s*#.*\n", "", text)).splitlines()
    found: list[Stage] = []
    for line in filter(None, map(str.strip, lines)):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found.append(Stage(base, name))
        else:
            found[-1].steps.append(Step(word, rest.strip()))
    return found


class _View:
    """A copy-on-write view of this machine: `root` to work in, `layer` with what was added."""

    def __init__(self, folder: Path) -> None:
        self.root, self.layer = folder / "root", folder / "layer"
        for each in (self.root, self.layer, folder / "work"):
            each.mkdir(parents=True)
        options = f"lowerdir=/,upperdir={self.layer},workdir={folder / 'work'}"
        _run(["mount", "-t", "overlay", "overlay", "-o", options, str(self.root)])
        for name in ("proc", "dev", "tmp"):
            _run(["mount", "--rbind" if name != "tmp" else "--bind", *self._place(name, folder)])
        (self.root / "usr/local/bin/python").unlink(missing_ok=True)
        (self.root / "usr/local/bin/python").symlink_to(_BASE_PYTHON)

    def _place(self, name: str, folder: Path) -> tuple[str, str]:
        if name == "tmp":
            (folder / "tmp").mkdir(mode=0o1777)
            return str(folder / "tmp"), str(self.root / "tmp")
        return f"/{name}", str(self.root / name)

    def inside(self, path: str) -> Path:
        """A path of the image, on this machine."""
        return self.root / path.lstrip("/")


def build(folder: Path, *, context: Path = ROOT) -> _View:
    """Run every step; the view of the last stage."""
    views: dict[str, _View] = {}
    for number, stage in enumerate(stages((context / "Dockerfile").read_text(encoding="utf-8"))):
        view = views[stage.name] = _View(folder / str(number))
        here = "/"
        for step in stage.steps:
            print(f"{step.word} {step.text[:100]}", flush=True)
            match step.word:
                case "WORKDIR":
                    here = step.text
                    view.inside(here).mkdir(parents=True, exist_ok=True)
                case "COPY":
                    _copy(step, view, views, context, here)
                case "RUN":
                    inner = f"export PATH={_BASE_PATH} && cd {shlex.quote(here)} && {step.text}"
                    _run(["chroot", str(view.root), "/bin/sh", "-c", inner])
                case _:
                    pass
    return view


def _copy(step: Step, view: _View, views: dict[str, _View], context: Path, here: str) -> None:
    options = [word for word in step.words() if word.startswith("--")]
    *sources, target = [word for word in step.words() if not word.startswith("--")]
    from_ = next((views[each.removeprefix("--from=")].root for each in options if each.startswith("--from=")), context)
    place = view.inside(target if target.startswith("/") else f"{here}/{target}")
    for source in sources:
        there = from_ / source.lstrip("/")
        if there.is_dir():
            ignored = shutil.ignore_patterns("__pycache__") if from_ is context else None
            shutil.copytree(there, place, symlinks=True, dirs_exist_ok=True, ignore=ignored)
        else:
            into = place / there.name if target.endswith("/") else place
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(there, into)


def compressed(layer: Path) -> int:
    """The bytes of a layer as a registry keeps it."""
    packed = subprocess.Popen(["tar", "-C", str(layer), "--numeric-owner", "-c", "."], stdout=subprocess.PIPE)
    smaller = subprocess.run(["gzip", "-6"], stdin=packed.stdout, stdout=subprocess.PIPE, check=True).stdout
    return len(smaller)


async def start(view: _View, stage: Stage, command: list[str], **more: str) -> asyncio.subprocess.Process:
    """Start a command as the image would: as the user, in the folder, and with the environment that the stage sets."""
    environment = [f"{name}={value}" for name, value in (stage.environment() | more).items()]
    inner = f"cd {stage.last('WORKDIR').text} && exec env -i {shlex.join(environment)} {shlex.join(command)}"
    user = f"--userspec={stage.last('USER').text}"
    return await asyncio.create_subprocess_exec("chroot", user, str(view.root), "/bin/sh", "-c", inner)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise SystemExit(f"This step failed ({done.returncode}): {shlex.join(command)}")


def main() -> int:
    """Build, weigh, and try the image; not 0 when anything of it is not as it should be."""
    if _INSIDE not in os.environ:
        again = [sys.executable, "-m", "tests.image"]
        return subprocess.run(
            ["unshare", "--mount", "--propagation", "private", *again], env={**os.environ, _INSIDE: "1"}, cwd=ROOT,
            check=False,
        ).returncode  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="paperboy-image-") as name:
        _run(["mount", "-t", "tmpfs", "tmpfs", name])
        try:
            return _build_and_try(Path(name))
        finally:
            subprocess.run(["umount", "--recursive", "--lazy", name], check=False)


def _build_and_try(folder: Path) -> int:
    stage = stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))[-1]
    view = build(folder)
    size = compressed(view.layer) / MEGABYTE
    caches = [str(path) for pattern in ("**/pip/cache", "**/.cache") for path in view.layer.glob(pattern)]
    print(f"compressed: {size:.1f} MB, with the base about {size + BASE_MEGABYTES:.0f} MB; caches: {caches or 'none'}")
    data = folder / "data"
    data.mkdir(mode=0o700)
    owner = view.inside("/data").stat()
    os.chown(data, owner.st_uid, owner.st_gid)
    _run(["mount", "-o", "remount,ro", str(view.root)])
    _run(["mount", "--bind", str(data), str(view.inside("/data"))])
    _run(["mount", "-o", "remount,bind,ro", str(view.inside("/tmp"))])
    failed = asyncio.run(_try(view, stage))
    print(f"written: {sorted(path.name for path in data.iterdir())}; failed: {failed or 'nothing'}")
    return int(bool(failed or caches) or size + BASE_MEGABYTES > MOST_MEGABYTES)


async def _try(view: _View, stage: Stage) -> list[str]:
    """What fails of what people do with the image, on a root that can't be written to."""
    program, health = stage.last("ENTRYPOINT").words(), json.loads(stage.last("HEALTHCHECK").text.partition("CMD ")[2])
    failed = [
        command
        for command in ("--version", "demo")
        if await (await start(view, stage, [*program, command], PYTHONUTF8="1")).wait()
    ]
    async with PaperSources.open() as sources, SlackEmulator(build_manifest()) as slack:
        addresses = environment_for(settings_for(slack, sources, Path("/data")))
        running = await start(view, stage, [*program, *stage.last("CMD").words()], **addresses)
        for _ in range(_CHECKS):
            if is_well := not await (await start(view, stage, health)).wait():
                break
            await asyncio.sleep(1)
        failed += ["run"] if running.returncode is not None else []
        failed += [] if is_well else ["health check"]
        running.send_signal(getattr(signal, stage.last("STOPSIGNAL").text))
        failed += ["stopping"] if await running.wait() else []
    return failed


if __name__ == "__main__":
    sys.exit(main())
