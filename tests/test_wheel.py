"""The package as people install it: built, put into an empty environment, and its demo run from there."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.long
def test_the_demo_runs_from_the_built_wheel(tmp_path: Path) -> None:
    dist, environment = tmp_path / "dist", tmp_path / "environment"
    _run([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(dist)], cwd=ROOT)
    (wheel,) = dist.glob("paperboy-*.whl")
    venv.create(environment)
    python = environment / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-deps",
        "--no-index",
        "--no-compile",
        "-q",
    ]
    _run([*install, str(wheel)], cwd=tmp_path)
    _lend_dependencies(environment)
    asked = (
        "import bot, handlers; print(bot.__file__, handlers.__file__);"
        "from bot.templating.catalogues import TEMPLATES as t; print(*sorted(p.name for p in t.glob('web/static/*')))"
    )
    where, served = _run([str(python), "-c", asked], cwd=tmp_path).splitlines()
    assert where.count(str(environment)) == 2
    assert served.split() == ["install.css", "play.css", "play.js"]
    told = _run([str(environment / "bin" / "paperboy"), "demo"], cwd=tmp_path)
    assert "Matting by Generation" in told
    assert "목록" in told


def _lend_dependencies(environment: Path) -> None:
    """The locked packages of this environment, without the editable Paperboy in it: .pth files there are not read."""
    ours = sysconfig.get_path("purelib")
    (theirs,) = (environment / "lib").glob("python*/site-packages")
    (theirs / "lent.pth").write_text(f"{ours}\n", encoding="utf-8")


def _run(command: list[str], *, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout
