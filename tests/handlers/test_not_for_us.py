"""What Slack sends that is meant for another workspace, or for nobody: nothing is done, and whoever asked hears why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from bot.rules.channels import ChannelState
from tests.model_server import ScriptedModel
from tests.modelled_office import by_paper, open_modelled_office, papers_of_the_day
from tests.office import DAY, open_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator.values import Attempt
    from tests.office import Office

FORM, JSON = {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "application/json"}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, over_http=True) as opened:
        yield opened


async def event(office: Office, kind: str, *, team: str | None = None, **more: Any) -> Attempt:
    team = team or office.team
    body = {
        "type": "event_callback",
        "team_id": team,
        "event": {"type": kind, "event_ts": "1722470000.000100", **more},
        "authorizations": [{"team_id": team, "enterprise_id": None, "is_enterprise_install": False}],
    }
    return await office.slack.post_raw(json.dumps(body).encode(), JSON)


async def interaction(office: Office, kind: str, *, team: str | None = None, **more: Any) -> Attempt:
    team = team or office.team
    body = {
        "type": kind,
        "team": {"id": team, "domain": "d"},
        "user": {"id": office.ana.id, "team_id": team},
        "channel": {"id": office.papers.id},
        "trigger_id": "1.2.abc",
        **more,
    }
    attempt = await office.slack.post_raw(urlencode({"payload": json.dumps(body)}).encode(), FORM)
    await office.quiet()
    return attempt


async def command(office: Office, name: str, *, team: str | None = None) -> Attempt:
    form = {"command": name, "team_id": team or office.team, "user_id": office.ana.id, "text": "list"}
    return await office.slack.post_raw(urlencode(form).encode(), FORM)


def button(action: str, value: str = "x") -> dict[str, Any]:
    return {"actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "1.2"}]}


# another workspace ---------------------------------------------------------------------------------------------------


async def test_a_click_of_another_workspace_changes_nothing_here(office: Office) -> None:
    await office.serve()
    calls = len(office.slack.calls)
    for name in ("pause", "post_now", "skip", "set_up", "use_defaults"):
        attempt = await interaction(
            office, "block_actions", team="T0ELSEWHERE", **button(f"channel_{name}", office.papers.id)
        )
        assert attempt.acked
    assert (await office.served()).state is ChannelState.ACTIVE
    assert not (await office.served()).skip_next
    assert office.slack.messages(office.papers.id) == []
    assert [call.method for call in office.slack.calls[calls:]] == []


async def test_a_command_and_a_form_of_another_workspace_are_told_so(office: Office) -> None:
    asked = await command(office, "/paper", team="T0ELSEWHERE")
    assert "another workspace" in str(asked.answer)
    view = {
        "id": "V1",
        "type": "modal",
        "team_id": office.team,
        "app_installed_team_id": "T0ELSEWHERE",
        "callback_id": "report",
    }
    blocks = [{"type": "input", "block_id": "note"}]
    filled_in = await interaction(office, "view_submission", view={**view, "blocks": blocks, "state": {"values": {}}})
    assert "another workspace" in filled_in.answer["errors"]["note"]


async def test_an_event_of_another_workspace_is_taken_off_slacks_hands_and_changes_nothing(office: Office) -> None:
    await office.post(top=1)
    card = office.cards[0]
    item = {"type": "message", "channel": card.channel, "ts": card.ts}
    about: dict[str, Any] = {"user": office.ana.id, "reaction": "bookmark", "item": item}
    told = await event(office, "reaction_added", team="T0ELSEWHERE", item_user=office.slack.bot_user_id, **about)
    assert told.acked
    assert (await event(office, "app_uninstalled", team="T0ELSEWHERE")).acked
    await office.quiet()
    assert await office.reading_list(office.ana) == []


async def test_a_guest_of_a_shared_channel_reports_under_the_workspace_the_app_is_in(tmp_path: Path) -> None:
    async with ScriptedModel.open() as model:
        model.script = by_paper(papers_of_the_day())
        async with open_modelled_office(tmp_path, model, over_http=True) as office:
            await office.bot.newsroom.library.read_day(DAY)
            await office.bot.newsroom.desk.commission(papers_of_the_day()[0].id, "en")
            await office.post(top=1)
            guest = office.slack.add_person("Extern", home="T0ELSEWHERE", locale="ko-KR")
            await office.slack.invite(guest.id, office.papers.id)
            card = office.cards[0]
            menu = next(each for block in card.blocks for each in block.get("elements", ()) if "options" in each)
            wrong = next(option["value"] for option in menu["options"] if option.get("value", "").startswith("wrong"))
            await office.slack.choose(guest.id, card, "paper_menu", wrong)
            await office.quiet()
            form = office.slack.modals(guest.id)[-1]
            assert (await office.slack.submit(form, {"complaint": "numbers"})).ok
            await office.quiet()
            (report,) = await office.bot.newsroom.store.reports.since(office.clock.now().replace(year=2000))
            assert (report.team, report.user) == (office.team, guest.id)


# nobody --------------------------------------------------------------------------------------------------------------

UNHEARD = ("message", "team_join", "user_change", "app_mention", "function_executed", "assistant_thread_started", "new")


@pytest.mark.parametrize("kind", UNHEARD)
async def test_an_event_nobody_listens_to_is_acknowledged_without_a_word(
    office: Office, kind: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    more: dict[str, Any] = (
        {"bot_access_token": "xwfp-of-a-workflow", "function": {"callback_id": "x"}} if "function" in kind else {}
    )
    assert (await event(office, kind, user=office.ana.id, **more)).acked
    written = caplog.text + capsys.readouterr().out
    assert "uggestion" not in written
    assert "xwfp" not in written
    assert not [line for line in written.splitlines() if "warning" in line.lower() or "error" in line.lower()]


async def test_events_slack_kept_back_are_acknowledged(office: Office) -> None:
    body = {"type": "app_rate_limited", "team_id": office.team, "minute_rate_limited": 1722470000, "api_app_id": "A1"}
    assert (await office.slack.post_raw(json.dumps(body).encode(), JSON)).acked


async def test_a_button_of_another_release_is_answered(office: Office) -> None:
    await office.post(top=1)
    url = (await office.slack.command(office.ana.id, office.papers.id, "/paper", "help")).delivery
    assert url is not None
    before = len(office.slack.ephemerals(office.ana.id))
    attempt = await interaction(
        office, "block_actions", **button("gone_since"), response_url=url.payload["response_url"]
    )
    assert attempt.acked
    assert "/paper help" in office.slack.ephemerals(office.ana.id)[before:][-1].text


async def test_an_unknown_command_is_answered(office: Office) -> None:
    assert "/paper help" in str((await command(office, "/gazette")).answer)


async def test_an_unknown_form_stays_open_and_says_so(office: Office) -> None:
    view = {
        "id": "V1",
        "type": "modal",
        "team_id": office.team,
        "callback_id": "gone",
        "title": {"type": "plain_text", "text": "Old"},
    }
    with_field = {**view, "blocks": [{"type": "input", "block_id": "field"}], "state": {"values": {}}}
    told = await interaction(office, "view_submission", view=with_field)
    assert "/paper help" in told.answer["errors"]["field"]
    told = await interaction(office, "view_submission", view={**view, "blocks": [], "state": {"values": {}}})
    assert told.answer["response_action"] == "update"
    assert told.answer["view"]["title"]["text"] == "Old"
    assert "/paper help" in json.dumps(told.answer["view"])


@pytest.mark.parametrize("kind", ["view_closed", "shortcut", "message_action"])
async def test_what_else_nobody_listens_to_is_acknowledged(office: Office, kind: str) -> None:
    assert (
        await interaction(office, kind, callback_id="gone", view={"type": "modal", "callback_id": "gone", "blocks": []})
    ).acked


async def test_a_menu_nobody_fills_is_empty(office: Office) -> None:
    assert (await interaction(office, "block_suggestion", action_id="gone", value="a")).answer == {"options": []}


# Slack looks at the certificate --------------------------------------------------------------------------------------

NOT_SIGNED = {**FORM, "X-Slack-Signature": "", "X-Slack-Request-Timestamp": ""}


@pytest.mark.parametrize("body", [b"ssl_check=1&token=xyz", b"token=xyz&ssl_check=1", b"ssl_check=1"])
async def test_slacks_look_at_the_certificate_is_answered(office: Office, body: bytes) -> None:
    assert (await office.slack.post_raw(body, NOT_SIGNED)).status == 200


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
async def test_nothing_comes_in_by_it(office: Office, body: bytes) -> None:
    assert (await office.slack.post_raw(body, NOT_SIGNED)).status == 401
