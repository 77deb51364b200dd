"""The house itself: what it is made of, and that what is written about it is so."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_imports_point_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == 0


def test_the_readme_names_every_command_and_no_other() -> None:
    told = _paperboy("--help")
    commands = set(re.findall(r"^  ([a-z]+) {2,}\S", told.split("Commands:")[1], re.MULTILINE))
    named = set(re.findall(r"`paperboy ([a-z]+)", README))
    assert commands == named


@pytest.mark.parametrize("target", re.findall(r"`make ([a-z-]+)`", README))
def test_every_make_target_the_readme_names_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_readme_knows_where_every_part_of_bot_lives() -> None:
    parts = {path.stem for path in (ROOT / "bot").iterdir() if not path.name.startswith("__")}
    missing = {part for part in parts if f"`{part}" not in README and f"{part}.py" not in README and part not in README}
    assert not missing


def test_both_lock_files_agree() -> None:
    run, dev = (_pins(ROOT / ".ci" / f"lock-{which}.txt") for which in ("run", "dev"))
    assert run.items() <= dev.items()


def test_the_lowest_versions_tried_are_the_lowest_allowed() -> None:
    allowed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    tried = _pins(ROOT / ".ci" / "lock-lowest.txt")
    bounds = [re.fullmatch(r"([a-z0-9-]+)>=([0-9.]+)(,.*)?", each) for each in allowed]
    assert all(bounds)
    assert {bound[1]: Version(tried[bound[1]]) for bound in bounds if bound} == {
        bound[1]: Version(bound[2]) for bound in bounds if bound
    }


def _pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def _paperboy(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout
