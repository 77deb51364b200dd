"""The morning `make demo` plays."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console

from bot.demo import play_morning
from tests.model_server import ScriptedModel

if TYPE_CHECKING:
    import pytest


async def test_it_plays_to_its_end_and_with_nothing_that_is_set_for_a_real_paperboy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with ScriptedModel.open() as model:
        theirs = {
            "LLM_PROVIDER": "openai",
            "LLM_BASE_URL": f"{model.url}/v1",
            "LLM_MODEL": "costly",
            "PAPERBOY_CHANNEL": "C0000000001",
            "SLACK_SIGNING_SECRET": "secret",
        }
        for name, value in theirs.items():
            monkeypatch.setenv(name, value)
        printed = io.StringIO()
        assert await play_morning(Console(file=printed, width=100)) == 0
    assert "nothing is posted twice" in printed.getvalue()
    assert model.asked == []
