"""The house itself: its imports, and the versions of what it is made of."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from importlinter.cli import lint_imports
from packaging.version import Version

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_imports_point_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == 0


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
