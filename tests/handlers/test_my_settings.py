"""A person's own settings: told to them alone, changed in a form, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.my_settings import MySettings, read_form
from tests.harness import open_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import View
    from tests.harness import Harness


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_harness(tmp_path) as opened:
        yield opened


async def opened(harness: Harness) -> View:
    """The form, opened from the answer to /paper my settings."""
    await harness.ask(harness.ana, "my settings")
    message = harness.slack.ephemerals(harness.ana.id)[-1]
    await harness.click(harness.ana, message, "my_settings_open")
    return harness.slack.modals(harness.ana.id)[-1]


async def current(harness: Harness) -> MySettings:
    return await harness.bot.deps.my_settings(harness.team).current(harness.team, harness.ana.id)


async def test_all_that_was_chosen_is_kept_and_the_name_is_learnt(harness: Harness) -> None:
    view = await opened(harness)
    answer = await harness.slack.submit(view, {"language": "ko", "shows_name": ["shown"], "reminders": "2"})
    assert answer.ok
    await harness.quiet()
    assert await current(harness) == MySettings("ko", shows_name=True, weekday=2)
    person = await harness.bot.services.store.people.find(harness.team, harness.ana.id)
    assert person
    assert person.name == "ana", "as Slack shows them"
    (told,) = await harness.ask(harness.ana, "내 설정")
    assert "한국어" in told
    assert "표시함" in told
    assert "수요일" in told
    view = await opened(harness)
    await harness.slack.submit(view, {"language": "auto", "shows_name": [], "reminders": "off"})
    await harness.quiet()
    assert await current(harness) == MySettings()


async def test_what_was_changed_elsewhere_meanwhile_stays(harness: Harness) -> None:
    view = await opened(harness)
    await harness.ask(harness.ana, "language ko")
    await harness.slack.submit(view, {"shows_name": ["shown"]})
    await harness.quiet()
    assert await current(harness) == MySettings("ko", shows_name=True)


async def test_a_form_that_could_not_be_saved_stays_open_and_says_so(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await opened(harness)

    async def broken(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(harness.bot.services.store.people, "choose_whether_name_is_shown", broken)
    answer = await harness.slack.submit(view, {"shows_name": ["shown"]})
    await harness.quiet()
    (form,) = harness.slack.modals(harness.ana.id)
    assert answer.payload
    assert answer.payload["response_action"] == "errors"
    assert form.id == view.id
    assert await current(harness) == MySettings()


async def test_a_language_nobody_here_writes_is_refused_beside_its_field(harness: Harness) -> None:
    await harness.bot.services.store.people.choose_language(harness.team, harness.ana.id, "fr", now=harness.clock.now())
    view = await opened(harness)
    await harness.ask(harness.ana, "language en")
    await harness.slack.submit(view, {"language": "fr"})
    await harness.quiet()
    assert (await current(harness)).language == "en", "what the form showed was not chosen in it"


def form(metadata: str = "", **fields: Any) -> dict[str, Any]:
    values = {name: {name: value} for name, value in fields.items()}
    return {"private_metadata": metadata, "state": {"values": values}}


@pytest.mark.parametrize(
    ("view", "changed"),
    [
        (form(), {}),
        ({}, {}),
        (form("[1, 2]", reminders={"selected_option": {"value": "9"}}), {"reminders": None}),
        (form("nonsense", shows_name={"selected_options": []}), {"shows_name": False}),
        (form("[null, false, null]", shows_name={"selected_options": []}), {}),
        (form('["ko", false, 3]', language={"selected_option": {"value": "auto"}}), {"language": None}),
        (form('["ko", false, 3]', reminders={"selected_option": {"value": "3"}}), {}),
        (form(str(MySettings("en", shows_name=True, weekday=0)), reminders={"selected_option": None}), {}),
    ],
)
def test_only_what_differs_from_what_the_form_showed_was_chosen(view: dict[str, Any], changed: dict[str, Any]) -> None:
    assert read_form(view) == changed
