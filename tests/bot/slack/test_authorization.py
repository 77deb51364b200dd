"""Who a request belongs to is known from the start: Slack is never asked again before a request is dealt with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import open_harness
from tests.model_server import ScriptedModel
from tests.modelled_harness import by_paper, open_modelled_office, papers_of_the_day

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.slack_emulator.faults import Faults
    from tests.harness import Harness

ILL: dict[str, Callable[[Faults], None]] = {
    "answers 502": lambda faults: faults.answer("auth.test", status=502, times=1000),
    "answers 429": lambda faults: faults.answer("auth.test", status=429, retry_after=30, times=1000),
    "fails": lambda faults: faults.error("auth.test", error="fatal_error", times=1000),
    "knows the token no more": lambda faults: faults.error("auth.test", error="invalid_auth", times=1000),
    "answers with something else": lambda faults: faults.answer("auth.test", status=200, body={"a": "b"}, times=1000),
    "closes the connection": lambda faults: faults.drop_before_accepting("auth.test", times=1000),
    "never answers": lambda faults: faults.hang_after_accepting("auth.test", times=1000),
}
TRANSPORTS = pytest.mark.parametrize("over_http", [False, True], ids=["Socket Mode", "HTTP"])


@TRANSPORTS
@pytest.mark.parametrize("how", ILL)
async def test_whatever_is_asked_right_after_the_start_is_dealt_with_while_slack_itself_is_ill(
    tmp_path: Path, how: str, over_http: bool
) -> None:
    async with ScriptedModel.open() as model, open_modelled_office(tmp_path, model, over_http=over_http) as harness:
        model.script = by_paper(papers_of_the_day())
        for paper in papers_of_the_day()[:2]:
            await harness.bot.services.summarizer.request_summary(paper.id, "en")
        ILL[how](harness.slack.faults)
        asked = len([call for call in harness.slack.calls if call.method == "auth.test"])
        await harness.post(top=2)
        card, other = harness.cards
        await harness.react(harness.ana, card, "bookmark")
        assert await harness.reading_list(harness.ana) == ["2407.20743"]
        assert "Saved" in (await harness.click(harness.ana, other, "save_paper"))[-1]
        assert len(await harness.reading_list(harness.ana)) == 2
        assert "2407.20743" in "".join(await harness.ask(harness.ana, "list"))
        lobby = harness.slack.add_channel("lobby", members=[harness.ana.id], with_bot=False)
        await harness.slack.invite_bot(lobby.id, by=harness.ana.id)
        await harness.quiet()
        assert (await harness.served(lobby)).owner == harness.ana.id
        await report(harness, other)
        assert len(await harness.bot.services.store.reports.since(harness.clock.now().replace(year=2000))) == 1
        assert [call.method for call in harness.slack.calls].count("auth.test") == asked


async def report(harness: Harness, card: Any) -> None:
    """Fill in the form that says what is wrong with a summary."""
    menu = next(each for block in card.blocks for each in block.get("elements", ()) if "options" in each)
    wrong = next(option["value"] for option in menu["options"] if option.get("value", "").startswith("wrong"))
    await harness.slack.choose(harness.ana.id, card, "paper_menu", wrong)
    await harness.quiet()
    form = harness.slack.modals(harness.ana.id)[-1]
    complaint = next(block["element"] for block in form.blocks if block["block_id"] == "complaint")
    answer = await harness.slack.submit(form, {"complaint": complaint["options"][0]["value"]})
    assert answer.ok, answer
    await harness.quiet()


VARIABLES = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "secret",
    "SLACK_BOT_TOKEN": "xoxb-of-another-app",
    "SLACK_SIGNING_SECRET": "of another app",
    "SLACK_VERIFICATION_TOKEN": "of another app",
    "SLACK_USER_TOKEN": "xoxp-of-another-app",
}


@TRANSPORTS
async def test_what_the_environment_says_to_others_decides_nothing(
    tmp_path: Path, over_http: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left to itself, Bolt takes an app id and a secret in the environment for a reason to look for tokens in files."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    async with open_harness(tmp_path, over_http=over_http) as harness:
        await harness.post(top=1)
        await harness.react(harness.ana, harness.cards[0], "bookmark")
        assert await harness.reading_list(harness.ana) == ["2407.20743"]
        assert list(home.iterdir()) == []
