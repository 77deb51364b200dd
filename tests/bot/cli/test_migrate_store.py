"""`paperboy migrate-store` at a terminal: what it says, its exit codes, and no password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.cli.main import command_line
from bot.errors import SettingsUnusable
from bot.messages.answers import format_error
from tests.harness import lay_out_database

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str) -> None:
    command_line(["migrate-store"])(["migrate-store", *arguments], standalone_mode=False)


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///paperboy.db")
    return lay_out_database(tmp_path)


def test_it_says_what_was_copied_and_what_to_do_next(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run("sqlite:///new.db")
    told = capsys.readouterr().out
    assert told.startswith("Copied 2 rows in ")
    assert "from paperboy.db to new.db, and verified every one. Set DATABASE_URL to the new database" in told
    assert (tmp_path / "new.db").exists()


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("new.db", "use sqlite:/// and a file path"),
        ("postgresql://ana:hush@db", "use postgresql:// with a server and a database"),
    ],
)
def test_an_address_that_is_none_is_named_as_what_was_typed(to: str, reason: str) -> None:
    with pytest.raises(SettingsUnusable) as refusal:
        run(to)
    (complaint,) = refusal.value.complaints
    told = format_error(complaint, "en")
    assert told.startswith(f"TO is invalid: {reason}")
    assert "hush" not in told
