"""What is signed rightly and still nothing Slack would send: it is answered, and a line of log."""

from __future__ import annotations

import json
import os
import random
import re
from typing import TYPE_CHECKING, Any

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.slack.manifest import FIND_SHORTCUT, LOOK_UP_SHORTCUT, SAVE_SHORTCUT
from bot.slack.payload_shapes import misfit
from bot.slack_emulator.http_delivery import encode
from tests.harness import open_harness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.slack_emulator.values import EventDelivery
    from tests.harness import Harness

Place = tuple[str | int, ...]
IMPOSSIBLE: tuple[Any, ...] = (None, [], {}, "", 0, True, [None], [[]], {"type": None}, "\x00\ud800", "x" * 4000)
TRIED_OF_A_KIND = 2000 if "PAPERBOY_SOAK_TOP" in os.environ else 20
GONE = object()
FIELD = {"type": "input", "block_id": "b", "element": {"action_id": "a"}}
FORM = {"id": "V1", "type": "modal", "callback_id": "c", "state": {"values": {}}, "blocks": [FIELD]}
UNFORESEEN = re.compile(
    r"^(?:\w+\.)*(?:Type|Key|Value|Attribute|Index|Lookup|Unicode\w*|Programming|Integrity)Error", re.MULTILINE
)


def places(payload: Any, here: Place = ()) -> Iterator[Place]:
    """Every place in a payload, from the top."""
    inside = payload.items() if isinstance(payload, dict) else enumerate(payload) if isinstance(payload, list) else ()
    for name, value in inside:
        yield (*here, name)
        yield from places(value, (*here, name))


def changed(payload: Any, place: Place, value: Any) -> Any:
    """The payload with something else in one place, or with nothing there."""
    copy = json.loads(json.dumps(payload))
    inner = copy
    for step in place[:-1]:
        inner = inner[step]
    if value is GONE:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return copy


async def possible(harness: Harness) -> list[EventDelivery]:
    """One payload of each kind, as people's doings make them."""
    await harness.post(top=1)
    await harness.serve()
    await harness.ask(harness.ana, "2407.21017")
    await harness.ask(harness.ana, "save 2407.21017")
    await harness.ask(harness.ana, "settings")
    await harness.slack.click(harness.ana.id, harness.slack.ephemerals(harness.ana.id)[-1], "channel_change_what")
    await harness.quiet()
    await harness.slack.submit(harness.slack.modals(harness.ana.id)[-1], {"top": "4"})
    await harness.click(harness.ana, harness.cards[0], "save_paper")
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    linked = await harness.slack.say(harness.ana.id, harness.papers.id, "https://arxiv.org/abs/2407.21017")
    for shortcut in (LOOK_UP_SHORTCUT, SAVE_SHORTCUT):
        await harness.slack.shortcut(harness.ana.id, shortcut, message=linked)
    await harness.slack.shortcut(harness.ana.id, FIND_SHORTCUT)
    await harness.quiet()
    await harness.slack.submit(harness.slack.modals(harness.ana.id)[-1], {"query": "2407.21017"})
    await harness.slack.mention(harness.ana.id, harness.papers.id, "2407.21017", thread_ts=harness.header.ts)
    alone = harness.slack.direct_messages(harness.ana.id).id
    asked = await harness.slack.say(harness.ana.id, alone, "matting")
    await harness.slack.edit_message(harness.ana.id, alone, asked.ts, "2407.21017")
    await harness.slack.delete_message(harness.ana.id, alone, asked.ts)
    await harness.slack.open_home(harness.ana.id, tab="messages")
    await harness.slack.open_home(harness.ana.id)
    await harness.quiet()
    home = harness.slack.home(harness.ana.id)
    assert home
    await harness.slack.click(harness.ana.id, home, "home_save")
    await harness.slack.choose(harness.ana.id, home, "home_language", "ko")
    await harness.quiet()
    await harness.slack.remove_bot(harness.papers.id, by=harness.ana.id)
    await harness.slack.invite_bot(harness.papers.id, by=harness.ana.id)
    await harness.quiet()
    by_type: dict[str, EventDelivery] = {}
    for delivery in harness.slack.deliveries:
        payload = delivery.payload
        about = payload.get("callback_id") or (payload.get("view") or {}).get("callback_id")
        event = payload.get("event") or {}
        which = event.get("subtype") or event.get("tab")
        by_type.setdefault(f"{delivery.type} {which} {about} {json.dumps(payload.get('actions'))[:40]}", delivery)
    return list(by_type.values())


async def test_every_mutation_of_every_kind_is_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with open_harness(tmp_path, over_http=True) as harness:
        kinds = await possible(harness)
        assert len(kinds) >= 7
        assert [misfit(kind.payload) for kind in kinds] == [None] * len(kinds)
        choose = random.Random(9)
        capsys.readouterr()
        wrong: list[tuple[str, Place, Any, int | None]] = []
        for kind in kinds:
            here = list(places(kind.payload))
            tries = [(place, value) for place in here for value in (GONE, *IMPOSSIBLE)]
            shallow = [each for each in tries if len(each[0]) == 1]
            deep = [each for each in tries if len(each[0]) > 1]
            for place, value in choose.sample(shallow, min(len(shallow), TRIED_OF_A_KIND)) + choose.sample(
                deep, min(len(deep), TRIED_OF_A_KIND)
            ):
                mutated = changed(kind.payload, place, value)
                try:
                    body, content_type = encode(kind.kind, mutated)
                except (UnicodeEncodeError, TypeError, ValueError):
                    continue
                signed = harness.slack.signature(body, int(harness.clock.now().timestamp()))
                answer = await harness.slack.post_raw(body, {"Content-Type": content_type, **signed})
                if answer.status not in {200, 400}:
                    wrong.append((kind.type, place, value, answer.status))
        await harness.quiet()
        said = capsys.readouterr().out
        assert wrong == []
        assert "rejected a signed request with an unknown shape" in said
        assert UNFORESEEN.findall(said) == []


@pytest.mark.parametrize(
    ("payload", "place"),
    [
        ({"type": "block_actions", "user": {"id": "U1"}, "actions": None}, "actions"),
        ({"type": "block_actions", "user": {"id": "U1"}, "actions": []}, "actions"),
        ({"type": "block_actions", "user": None, "actions": [{"type": "button", "action_id": "a"}]}, "user"),
        ({"type": "view_submission", "user": {"id": "U1"}, "view": {**FORM, "state": None}}, "view.state"),
        ({"type": "view_submission", "user": {"id": "U1"}, "view": {**FORM, "type": None}}, "view.type"),
        ({"type": "view_submission", "user": {"id": "U1"}, "view": {**FORM, "app_installed_team_id": []}}, None),
        ({"type": "view_submission", "user": {"id": "U1"}, "view": {**FORM, "blocks": [{"type": "input"}]}}, None),
        (
            {"type": "view_submission", "user": {"id": "U1"}, "view": {**FORM, "blocks": [{**FIELD, "element": None}]}},
            "view.blocks.0.element",
        ),
        ({"command": "/paper", "user_id": 7}, "user_id"),
        ({"event": None}, "event"),
        ({"event": {"type": "channel_left", "channel": {"id": "C1"}}}, "event.channel"),
        ({"event": {"type": "reaction_added", "user": "U1", "reaction": "a", "event_ts": "now", "item": {}}}, None),
        (
            {"event": {"type": "link_shared", "user": {}, "message_ts": "1.1", "links": [], "event_ts": "1.1"}},
            "event.user",
        ),
        ({"event": {"type": "user_change", "user": {"id": "U1"}}}, ""),
        ({"type": "app_rate_limited", "minute_rate_limited": 1518467820}, ""),
        ({"type": "shortcut", "user": {"id": "U1"}, "team": None, "view": None}, ""),
    ],
)
def test_the_first_place_that_is_wrong_is_named(payload: dict[str, Any], place: str | None) -> None:
    found = misfit(payload)
    assert found is not None if place is None else (found or "") == place


async def test_a_messages_tab_that_is_in_no_conversation_is_passed_over(harness: Harness) -> None:
    event = {"type": "app_home_opened", "user": "U1", "tab": "messages", "event_ts": "1.1"}
    body = {"type": "event_callback", "team_id": harness.team, "authorizations": [], "event": event}
    request = AsyncBoltRequest(body=body, mode="socket_mode")
    assert (await harness.socket_mode._app.async_dispatch(request)).status == 200


async def test_a_workspace_named_by_its_id_alone_is_another_one_all_the_same(harness: Harness) -> None:
    """As Bolt reads it."""
    button = {"type": "button", "action_id": "a", "value": "b"}
    payload = {"type": "block_actions", "user": {"id": "U1"}, "team": "T0ELSEWHERE", "actions": [button]}
    request = AsyncBoltRequest(body={**payload, "view": {"type": "home"}, "trigger_id": "t"}, mode="socket_mode")
    assert (await harness.socket_mode._app.async_dispatch(request)).status == 200


PERSON = {"id": "U1", "team_id": "T1"}


@pytest.mark.parametrize(
    "payload",
    [
        {"event": {"type": "app_home_opened", "user": "U1", "channel": "D1", "event_ts": "1515449522000016"}},
        {"event": {"type": "app_mention", "user": "U1", "channel": "C1", "event_ts": "1515449522000016"}},
        {"event": {"type": "channel_created", "channel": {"id": "C1"}}},
        {"event": {"type": "channel_left", "channel": "C1", "actor_id": "U1", "event_ts": "1612206778.000000"}},
        {"type": "dialog_submission", "user": PERSON, "submission": {}, "callback_id": "c", "state": "Limo"},
        {"type": "interactive_message", "user": PERSON, "callback_id": "c", "actions": [{"name": "a", "value": "b"}]},
        {"type": "view_closed", "user": PERSON, "view": {"id": "V1", "state": None, "blocks": []}},
        {
            "type": "message_action",
            "user": PERSON,
            "message": {"ts": "1.1", "text": None, "user": None},
        },
        {"type": "block_suggestion", "user": PERSON, "action_id": "a", "value": "", "view": {"id": "V1"}},
        {"type": "workflow_step_edit", "user": PERSON, "callback_id": "c", "workflow_step": {}},
        {"ssl_check": "1", "token": "t"},
    ],
    ids=lambda payload: str(payload.get("type") or payload.get("event", {}).get("type") or "ssl_check"),
)
async def test_what_slack_documents_is_never_turned_away(harness: Harness, payload: dict[str, Any]) -> None:
    """Examples of docs.slack.dev, cut short, of what Paperboy listens to and of what an operator may subscribe to."""
    assert misfit(payload) is None
    kind = {"type": "event_callback"} if "event" in payload else {}
    request = AsyncBoltRequest(body={"team_id": harness.team, **kind, **payload}, mode="socket_mode")
    assert (await harness.socket_mode._app.async_dispatch(request)).status == 200
