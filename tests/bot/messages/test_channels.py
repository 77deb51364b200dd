"""What Paperboy says of a channel's settings, and the form they are changed in."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft7Validator
from syrupy.extensions.json import JSONSnapshotExtension

from bot.messages import channels as channel_messages
from bot.messages import lists
from bot.messages.channels import settings_modal
from bot.rules import settings_form
from bot.rules.channels import (
    Change,
    Channel,
    ChannelSettings,
    ChannelState,
    DayChoice,
    EmptyDays,
    Layout,
    Managers,
    Recap,
)
from bot.rules.papers import Paper
from bot.rules.permissions import Denial
from bot.rules.reading_list import OfferedPapers
from bot.rules.settings_form import Mistake, read_form
from bot.slack_emulator.acceptance import Acceptance
from bot.slack_emulator.blocks import message_problems
from bot.templating.catalogues import languages

if TYPE_CHECKING:
    from collections.abc import Callable

    from syrupy.assertion import SnapshotAssertion

    from bot.messages.message import Message

NOW = datetime(2026, 8, 20, 3, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")
PLAIN = ChannelSettings(time(9, 10), "Asia/Seoul", "ko", 10)
RICH = ChannelSettings(
    post_at=time(17, 5),
    timezone="America/St_Johns",
    language="en",
    top=3,
    weekdays=frozenset({0, 2, 4}),
    skip_dates=(date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)),
    second_language="ko",
    minimum_votes=5,
    include_words=("robot", "large language model"),
    exclude_words=("<!channel> & *bold*", "survey"),
    layout=Layout.CARDS,
    day_choice=DayChoice.SO_FAR,
    empty_days=EmptyDays.BEST_OF_WEEK,
    late_risers=True,
    unfurl=True,
    recap=Recap.WEEKLY,
    managers=Managers.MANAGERS,
)
CHANNEL = Channel("T1", "C1", PLAIN, owner="U1", since=NOW)
CHANGES = [
    Change(5, "U1", NOW, "include_words", "[]", '["robot"]'),
    Change(4, "U1", NOW, "weekdays", "[0, 1, 2, 3, 4, 5, 6]", "[0, 1, 2, 3, 4]"),
    Change(3, None, NOW, "skip_next", "true", "false"),
    Change(2, "U1", NOW, "state", '"new"', '"active"'),
]
CHANGES = [replace(each, old=each.old.strip('"'), new=each.new.strip('"')) for each in CHANGES]

SAYS: dict[str, Callable[[str], Message]] = {
    "welcome": lambda language: channel_messages.welcome(
        channel=replace(CHANNEL, state=ChannelState.NEW), language=language, has_preview=True
    ),
    "welcome_without_preview": lambda language: channel_messages.welcome(
        channel=replace(CHANNEL, state=ChannelState.NEW), language=language, has_preview=False
    ),
    **{
        f"overview_{state}": lambda language, state=state: channel_messages.overview(  # type: ignore[misc]
            channel=replace(CHANNEL, state=state), language=language, now=NOW
        )
        for state in ChannelState
    },
    **{
        f"share_denied_{denial}": lambda language, denial=denial: channel_messages.share_denied(  # type: ignore[misc]
            denial=denial, language=language
        )
        for denial in (Denial.NOT_A_CHANNEL, Denial.NOT_IN_CHANNEL)
    },
    "form_not_opened": lambda language: channel_messages.form_not_opened(language=language),
    "overview_rich": lambda language: channel_messages.overview(
        channel=replace(CHANNEL, settings=RICH, skip_next=True), language=language, now=NOW, news="saved"
    ),
    **{
        f"denied_{denial}": lambda language, denial=denial: channel_messages.denied(  # type: ignore[misc]
            denial=denial, language=language
        )
        for denial in Denial
    },
    "told_posted": lambda language: channel_messages.news("posted", language=language, count=3),
    "only_in_channel": lambda language: channel_messages.only_in_channel(language=language),
    "changes": lambda language: channel_messages.changes(channel="C1", log=CHANGES, language=language, zone=SEOUL),
    "changes_none": lambda language: channel_messages.changes(channel="C1", log=[], language=language, zone=SEOUL),
}
SEVERAL = [
    Paper(f"2407.210{number}", f"Paper {number} <!channel> *bold* {'가' * 80}", ("A",)) for number in range(11, 23)
]
SHOWS: dict[str, Callable[[str], dict[str, Any]]] = {
    "settings_modal": lambda language: settings_modal(channel=CHANNEL, language=language, may_name_managers=False),
    "settings_modal_rich": lambda language: settings_modal(
        channel=replace(CHANNEL, settings=RICH), language=language, may_name_managers=True
    ),
    "saving_modal": lambda language: channel_messages.saving_modal(language=language),
    "done_modal": lambda language: channel_messages.done_modal(
        channel=replace(CHANNEL, settings=RICH), language=language, now=NOW
    ),
    "refused_modal": lambda language: channel_messages.message_modal(
        channel_messages.denied(denial=Denial.GUEST, language=language), language=language
    ),
    "choose_papers": lambda language: lists.choose_papers_modal(
        papers=SEVERAL,
        saved={SEVERAL[1].id},
        offered=OfferedPapers(tuple(each.id for each in SEVERAL)),
        language=language,
    ),
    "papers_chosen": lambda language: lists.papers_chosen_modal(saved=2, removed=1, total=12, language=language),
    "papers_chosen_none": lambda language: lists.papers_chosen_modal(saved=0, removed=0, total=1, language=language),
    "waiting_modal": lambda language: channel_messages.waiting_modal(language=language),
    "settings_modal_again": lambda language: settings_modal(
        channel=CHANNEL,
        language=language,
        may_name_managers=False,
        notice=channel_messages.form_not_opened(language=language),
    ),
}
EVERY_LANGUAGE = pytest.mark.parametrize("language", languages())


@pytest.mark.parametrize("name", SAYS)
@EVERY_LANGUAGE
def test_every_message_is_one_slack_takes_and_looks_as_reviewed(
    name: str, language: str, snapshot: SnapshotAssertion
) -> None:
    payload = SAYS[name](language).to_payload()
    assert message_problems(payload["blocks"]) == ()
    assert payload == snapshot(name=f"{name}_{language}", extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("name", SHOWS)
@EVERY_LANGUAGE
def test_every_modal_looks_as_reviewed(name: str, language: str, snapshot: SnapshotAssertion) -> None:
    assert SHOWS[name](language) == snapshot(name=f"{name}_{language}", extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("name", SHOWS)
@EVERY_LANGUAGE
def test_every_modal_is_one_slack_takes(name: str, language: str) -> None:
    folder = os.environ.get("PAPERBOY_SLACK_SCHEMAS")
    if folder is None:
        pytest.skip("PAPERBOY_SLACK_SCHEMAS names no folder with Slack's views.schema.json")
    schema = json.loads((Path(folder) / "views.schema.json").read_text(encoding="utf-8"))
    view = SHOWS[name](language)
    if not Acceptance(schema["definitions"], lambda every, _: every).accepts(schema, view):
        pytest.fail(
            "\n".join(f"{each.json_path}: {each.message[:200]}" for each in Draft7Validator(schema).iter_errors(view))
        )


@pytest.mark.parametrize("settings", [PLAIN, RICH], ids=["plain", "rich"])
def test_a_form_left_as_it_came_changes_nothing(settings: ChannelSettings) -> None:
    form = settings_modal(channel=replace(CHANNEL, settings=settings), language="en", may_name_managers=True)
    assert read_form(settings_form._initial_values(form["blocks"]), settings) == settings


@EVERY_LANGUAGE
def test_mistakes_are_told_at_their_fields_each_in_one_sentence(language: str) -> None:
    told = channel_messages.form_errors(
        [Mistake("skip_dates", "form.not_a_date", "31.12."), Mistake("weekdays", "form.weekdays")], language
    )
    assert set(told) == {"skip_dates", "weekdays"}
    assert "31.12." in told["skip_dates"]


def test_hostile_words_in_settings_are_shown_and_mean_nothing() -> None:
    said = SAYS["overview_rich"]("en").to_payload()
    assert "<!channel>" in json.dumps(said["blocks"])
    assert "<!channel>" not in said["text"]
    assert "mrkdwn" not in json.dumps(said["blocks"])
