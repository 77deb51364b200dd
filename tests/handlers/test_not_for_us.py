"""What Slack sends that is meant for another workspace, or for nobody: nothing is done, and whoever asked hears why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from bot.rules.channels import ChannelState
from tests.harness import DAY, open_harness
from tests.model_server import ScriptedModel
from tests.modelled_harness import by_paper, open_modelled_office, papers_of_the_day

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator.values import DeliveryAttempt
    from tests.harness import Harness

FORM, JSON = {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "application/json"}


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_harness(tmp_path, over_http=True) as opened:
        yield opened


async def event(harness: Harness, kind: str, *, team: str | None = None, **more: Any) -> DeliveryAttempt:
    team = team or harness.team
    body = {
        "type": "event_callback",
        "team_id": team,
        "event": {"type": kind, "event_ts": "1722470000.000100", **more},
        "authorizations": [{"team_id": team, "enterprise_id": None, "is_enterprise_install": False}],
    }
    return await harness.slack.post_raw(json.dumps(body).encode(), JSON)


async def interaction(harness: Harness, kind: str, *, team: str | None = None, **more: Any) -> DeliveryAttempt:
    team = team or harness.team
    body = {
        "type": kind,
        "team": {"id": team, "domain": "d"},
        "user": {"id": harness.ana.id, "team_id": team},
        "channel": {"id": harness.papers.id},
        "trigger_id": "1.2.abc",
        **more,
    }
    attempt = await harness.slack.post_raw(urlencode({"payload": json.dumps(body)}).encode(), FORM)
    await harness.quiet()
    return attempt


async def command(harness: Harness, name: str, *, team: str | None = None) -> DeliveryAttempt:
    form = {"command": name, "team_id": team or harness.team, "user_id": harness.ana.id, "text": "list"}
    return await harness.slack.post_raw(urlencode(form).encode(), FORM)


def button(action: str, value: str = "x") -> dict[str, Any]:
    return {"actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "1.2"}]}


# another workspace ---------------------------------------------------------------------------------------------------


async def test_a_click_of_another_workspace_changes_nothing_here(harness: Harness) -> None:
    await harness.serve()
    calls = len(harness.slack.calls)
    for name in ("pause", "post_now", "skip", "set_up", "use_defaults"):
        attempt = await interaction(
            harness, "block_actions", team="T0ELSEWHERE", **button(f"channel_{name}", harness.papers.id)
        )
        assert attempt.acked
    assert (await harness.served()).state is ChannelState.ACTIVE
    assert not (await harness.served()).skip_next
    assert harness.slack.messages(harness.papers.id) == []
    assert [call.method for call in harness.slack.calls[calls:]] == []


async def test_a_command_and_a_form_of_another_workspace_are_told_so(harness: Harness) -> None:
    asked = await command(harness, "/paper", team="T0ELSEWHERE")
    assert "another workspace" in str(asked.answer)
    view = {
        "id": "V1",
        "type": "modal",
        "team_id": harness.team,
        "app_installed_team_id": "T0ELSEWHERE",
        "callback_id": "report",
    }
    blocks = [{"type": "input", "block_id": "note", "element": {"action_id": "note"}}]
    filled_in = await interaction(harness, "view_submission", view={**view, "blocks": blocks, "state": {"values": {}}})
    assert "another workspace" in filled_in.answer["errors"]["note"]


async def test_an_event_of_another_workspace_is_taken_off_slacks_hands_and_changes_nothing(harness: Harness) -> None:
    await harness.post(top=1)
    card = harness.cards[0]
    item = {"type": "message", "channel": card.channel, "ts": card.ts}
    about: dict[str, Any] = {"user": harness.ana.id, "reaction": "bookmark", "item": item}
    told = await event(harness, "reaction_added", team="T0ELSEWHERE", item_user=harness.slack.bot_user_id, **about)
    assert told.acked
    assert (await event(harness, "app_uninstalled", team="T0ELSEWHERE")).acked
    await harness.quiet()
    assert await harness.reading_list(harness.ana) == []


async def test_a_guest_of_a_shared_channel_reports_under_the_workspace_the_app_is_in(tmp_path: Path) -> None:
    async with ScriptedModel.open() as model:
        model.script = by_paper(papers_of_the_day())
        async with open_modelled_office(tmp_path, model, over_http=True) as harness:
            await harness.bot.services.library.read_day(DAY)
            await harness.bot.services.summarizer.request_summary(papers_of_the_day()[0].id, "en")
            await harness.post(top=1)
            guest = harness.slack.add_person("Extern", home="T0ELSEWHERE", locale="ko-KR")
            await harness.slack.invite(guest.id, harness.papers.id)
            card = harness.cards[0]
            menu = next(each for block in card.blocks for each in block.get("elements", ()) if "options" in each)
            wrong = next(option["value"] for option in menu["options"] if option.get("value", "").startswith("wrong"))
            await harness.slack.choose(guest.id, card, "paper_menu", wrong)
            await harness.quiet()
            form = harness.slack.modals(guest.id)[-1]
            assert (await harness.slack.submit(form, {"complaint": "numbers"})).ok
            await harness.quiet()
            (report,) = await harness.bot.services.store.reports.since(harness.clock.now().replace(year=2000))
            assert (report.team, report.user) == (harness.team, guest.id)


# nobody --------------------------------------------------------------------------------------------------------------

UNHEARD = ("message", "team_join", "user_change", "app_mention", "function_executed", "assistant_thread_started", "new")


@pytest.mark.parametrize("kind", UNHEARD)
async def test_an_event_nobody_listens_to_is_acknowledged_without_a_word(
    harness: Harness, kind: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    more: dict[str, Any] = (
        {"bot_access_token": "xwfp-of-a-workflow", "function": {"callback_id": "x"}} if "function" in kind else {}
    )
    assert (await event(harness, kind, user=harness.ana.id, **more)).acked
    written = caplog.text + capsys.readouterr().out
    assert "uggestion" not in written
    assert "xwfp" not in written
    assert not [line for line in written.splitlines() if "warning" in line.lower() or "error" in line.lower()]


async def test_events_slack_kept_back_are_acknowledged(harness: Harness) -> None:
    body = {"type": "app_rate_limited", "team_id": harness.team, "minute_rate_limited": 1722470000, "api_app_id": "A1"}
    assert (await harness.slack.post_raw(json.dumps(body).encode(), JSON)).acked


async def test_a_button_of_another_release_is_answered(harness: Harness) -> None:
    await harness.post(top=1)
    url = (await harness.slack.command(harness.ana.id, harness.papers.id, "/paper", "help")).delivery
    assert url is not None
    before = len(harness.slack.ephemerals(harness.ana.id))
    attempt = await interaction(
        harness, "block_actions", **button("gone_since"), response_url=url.payload["response_url"]
    )
    assert attempt.acked
    assert "/paper help" in harness.slack.ephemerals(harness.ana.id)[before:][-1].text


async def test_an_unknown_command_is_answered(harness: Harness) -> None:
    assert "/paper help" in str((await command(harness, "/gazette")).answer)


async def test_an_unknown_form_stays_open_and_says_so(harness: Harness) -> None:
    view = {
        "id": "V1",
        "type": "modal",
        "team_id": harness.team,
        "callback_id": "gone",
        "title": {"type": "plain_text", "text": "Old"},
    }
    with_field = {
        **view,
        "blocks": [{"type": "input", "block_id": "field", "element": {"action_id": "field"}}],
        "state": {"values": {}},
    }
    told = await interaction(harness, "view_submission", view=with_field)
    assert "/paper help" in told.answer["errors"]["field"]
    told = await interaction(harness, "view_submission", view={**view, "blocks": [], "state": {"values": {}}})
    assert told.answer["response_action"] == "update"
    assert told.answer["view"]["title"]["text"] == "Old"
    assert "/paper help" in json.dumps(told.answer["view"])


@pytest.mark.parametrize("kind", ["view_closed", "shortcut", "message_action"])
async def test_what_else_nobody_listens_to_is_acknowledged(harness: Harness, kind: str) -> None:
    view = {"type": "modal", "callback_id": "gone", "blocks": []}
    message = {"type": "message", "ts": "1722470000.000100", "user": harness.ana.id, "text": "lunch?"}
    assert (await interaction(harness, kind, callback_id="gone", view=view, message=message)).acked


async def test_a_menu_nobody_fills_is_empty(harness: Harness) -> None:
    assert (await interaction(harness, "block_suggestion", action_id="gone", value="a")).answer == {"options": []}


# Slack looks at the certificate --------------------------------------------------------------------------------------

NOT_SIGNED = {**FORM, "X-Slack-Signature": "", "X-Slack-Request-Timestamp": ""}


@pytest.mark.parametrize("body", [b"ssl_check=1&token=xyz", b"token=xyz&ssl_check=1", b"ssl_check=1"])
async def test_slacks_look_at_the_certificate_is_answered(harness: Harness, body: bytes) -> None:
    assert (await harness.slack.post_raw(body, NOT_SIGNED)).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"ssl_check=0&token=xyz",
        b"ssl_check=true",
        b"ssl_check=1&command=%2Fpaper&team_id=T1&user_id=U1&text=list",
        b"command=%2Fpaper&ssl_check=1",
        b"payload=%7B%7D&ssl_check=1",
        b'{"ssl_check":"1"}',
    ],
)
async def test_nothing_comes_in_by_it(harness: Harness, body: bytes) -> None:
    assert (await harness.slack.post_raw(body, NOT_SIGNED)).status == 401
