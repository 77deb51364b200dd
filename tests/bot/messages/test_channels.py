"""What Paperboy says of a channel's settings, and the form they are changed in."""

from __future__ import annotations

import json
import os
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft7Validator
from syrupy.extensions.json import JSONSnapshotExtension

from bot.messages import channels as channel_messages
from bot.messages import emoji_settings as emoji_messages
from bot.messages import imports, lists, papers_in_message
from bot.messages.channels import settings_modal
from bot.messages.my_settings import my_settings_modal
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
from bot.rules.list_emoji import ListEmoji
from bot.rules.my_settings import MySettings
from bot.rules.papers import Paper
from bot.rules.permissions import Denial
from bot.rules.reading_list import OfferedPapers
from bot.rules.settings_form import SETTINGS_OF, Mistake, OpenForm, Step, read_form
from bot.slack_emulator.acceptance import Acceptance
from bot.slack_emulator.blocks import message_problems
from bot.templating.catalogues import catalogue, languages

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
    team_recap=True,
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

Said = TypeVar("Said")


def in_language(write: Callable[..., Said], **values: object) -> Callable[[str], Said]:
    """What a function writes of these values, in whichever language."""
    return lambda language: write(language=language, **values)


SAYS: dict[str, Callable[[str], Message]] = {
    "welcome": lambda language: channel_messages.welcome(
        channel=replace(CHANNEL, state=ChannelState.NEW), language=language, has_preview=True
    ),
    "welcome_without_preview": lambda language: channel_messages.welcome(
        channel=replace(CHANNEL, state=ChannelState.NEW), language=language, has_preview=False
    ),
    **{
        f"overview_{state}": in_language(channel_messages.overview, channel=replace(CHANNEL, state=state), now=NOW)
        for state in ChannelState
    },
    **{
        f"set_up_by_{by}": in_language(channel_messages.set_up, channel=CHANNEL, by=by, reader="U1", now=NOW)
        for by in ("U1", "U2", None)
    },
    **{
        f"share_denied_{denial}": in_language(channel_messages.share_denied, denial=denial)
        for denial in (Denial.NOT_A_CHANNEL, Denial.NOT_IN_CHANNEL)
    },
    "form_not_opened": lambda language: channel_messages.form_not_opened(language=language),
    "overview_rich": lambda language: channel_messages.overview(
        channel=replace(CHANNEL, settings=RICH, skip_next=True), language=language, now=NOW, news="saved"
    ),
    **{f"denied_{denial}": in_language(channel_messages.denied, denial=denial) for denial in Denial},
    "told_posted": lambda language: channel_messages.news("posted", language=language, count=3),
    "only_in_channel": lambda language: channel_messages.only_in_channel(language=language),
    "changes": lambda language: channel_messages.changes(channel="C1", log=CHANGES, language=language, zone=SEOUL),
    "changes_none": lambda language: channel_messages.changes(channel="C1", log=[], language=language, zone=SEOUL),
}
SEVERAL = [
    Paper(f"2407.210{number}", f"Paper {number} <!channel> *bold* {'가' * 80}", ("A",)) for number in range(11, 23)
]
FORMS: dict[str, Callable[[str], dict[str, Any]]] = {
    **{
        f"settings_modal_{step}": in_language(
            settings_modal,
            channel=replace(CHANNEL, state=ChannelState.NEW),
            form=OpenForm("C1", step, leads_on=True),
            may_name_managers=False,
        )
        for step in Step
    },
    **{
        f"settings_modal_rich_{step}": in_language(
            settings_modal,
            channel=replace(CHANNEL, settings=RICH),
            form=OpenForm("C1", step),
            may_name_managers=True,
        )
        for step in Step
    },
    "settings_modal_again": lambda language: settings_modal(
        channel=CHANNEL,
        form=OpenForm("C1", Step.WHAT, leads_on=True, changed=frozenset({"top", "late_risers"})),
        language=language,
        may_name_managers=False,
        notice=channel_messages.form_not_opened(language=language),
    ),
}
SHOWS: dict[str, Callable[[str], dict[str, Any]]] = {
    **FORMS,
    "my_settings_form": lambda language: my_settings_modal(
        settings=MySettings("fr", shows_name=True, weekday=6), has_model=False, language=language
    ),
    "emoji_form": lambda language: emoji_messages.emoji_modal(
        emoji=ListEmoji(("bookmark", "+1"), (), ("done",)),
        language=language,
        notice=emoji_messages.emoji_denied(language=language),
    ),
    "emoji_shown": lambda language: emoji_messages.emoji_shown_modal(emoji=ListEmoji(("bookmark",)), language=language),
    "emoji_saved": lambda language: emoji_messages.emoji_saved_modal(emoji=ListEmoji(("bookmark",)), language=language),
    "saving_modal": lambda language: channel_messages.saving_modal(language=language),
    "done_modal": lambda language: channel_messages.done_modal(
        channel=replace(CHANNEL, settings=RICH), language=language, now=NOW
    ),
    "started_modal": lambda language: channel_messages.done_modal(
        channel=CHANNEL, language=language, now=NOW, has_started=True
    ),
    "refused_modal": lambda language: channel_messages.message_modal(
        channel_messages.denied(denial=Denial.GUEST, language=language), language=language
    ),
    "waiting_modal": lambda language: channel_messages.waiting_modal(language=language),
    "choose_papers": lambda language: lists.choose_papers_modal(
        papers=SEVERAL,
        saved={SEVERAL[1].id},
        offered=OfferedPapers(tuple(each.id for each in SEVERAL)),
        language=language,
    ),
    "import_form": lambda language: imports.import_form(language=language),
    "import_begun_modal": lambda language: imports.import_begun_modal(language=language),
    "find_paper": lambda language: papers_in_message.find_paper_modal(language=language),
    "papers_chosen": lambda language: lists.papers_chosen_modal(saved=2, removed=1, total=12, language=language),
    "papers_chosen_none": lambda language: lists.papers_chosen_modal(saved=0, removed=0, total=1, language=language),
}
EVERY_LANGUAGE = pytest.mark.parametrize("language", languages())


@pytest.mark.parametrize("name", SAYS)
def test_every_message_is_one_slack_takes_and_looks_as_reviewed(name: str, snapshot: SnapshotAssertion) -> None:
    for language in languages():
        payload = SAYS[name](language).to_payload()
        assert message_problems(payload["blocks"]) == ()
        assert payload == snapshot(name=f"{name}_{language}", extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("name", SHOWS)
def test_every_modal_looks_as_reviewed(name: str, snapshot: SnapshotAssertion) -> None:
    for language in languages():
        assert SHOWS[name](language) == snapshot(name=f"{name}_{language}", extension_class=JSONSnapshotExtension)


@EVERY_LANGUAGE
def test_every_modal_is_one_slack_takes(language: str) -> None:
    folder = os.environ.get("PAPERBOY_SLACK_SCHEMAS")
    if folder is None:
        pytest.skip("PAPERBOY_SLACK_SCHEMAS names no folder with Slack's views.schema.json")
    schema = json.loads((Path(folder) / "views.schema.json").read_text(encoding="utf-8"))
    acceptance = Acceptance(schema["definitions"], lambda every, _: every)
    for name, show in SHOWS.items():
        view = show(language)
        if not acceptance.accepts(schema, view):
            errors = Draft7Validator(schema).iter_errors(view)
            pytest.fail("\n".join([name, *(f"{each.json_path}: {each.message[:200]}" for each in errors)]))


@EVERY_LANGUAGE
@pytest.mark.parametrize("name", FORMS)
def test_a_step_asks_for_few_things_says_where_it_is_and_whose_channel_it_is_about(name: str, language: str) -> None:
    view = FORMS[name](language)
    assert 4 <= len([block for block in view["blocks"] if block["type"] == "input"]) <= 6
    assert len(view["title"]["text"]) <= 24
    assert '"channel_id": "C1"' in json.dumps(view["blocks"][:2])
    assert len(view["private_metadata"]) < 3000


@pytest.mark.parametrize(
    ("state", "leads_on", "labels"),
    [
        (ChannelState.NEW, True, ["save_and_continue", "save_and_continue", "save_and_start"]),
        (ChannelState.ACTIVE, True, ["save_and_continue", "save_and_continue", "save"]),
        (ChannelState.ACTIVE, False, ["save", "save", "save"]),
        (ChannelState.PAUSED, False, ["save", "save", "save"]),
    ],
)
def test_a_form_says_on_its_button_what_sending_it_does(state: ChannelState, leads_on: bool, labels: list[str]) -> None:
    views = [
        settings_modal(
            channel=replace(CHANNEL, state=state),
            form=OpenForm("C1", step, leads_on),
            language="en",
            may_name_managers=False,
        )
        for step in Step
    ]
    assert [view["submit"]["text"] for view in views] == [catalogue("en").t(f"modal.{label}") for label in labels]


def test_the_steps_ask_for_every_setting_once() -> None:
    asked = [name for step in Step for name in SETTINGS_OF[step]]
    assert sorted(asked) == sorted(each.name for each in fields(ChannelSettings))
    views = [FORMS[f"settings_modal_rich_{step}"]("en") for step in Step]
    fields_shown = [block for view in views for block in view["blocks"] if block["type"] == "input"]
    in_one = {"also_post": ["late_risers", "team_recap"]}
    assert [name for field in fields_shown for name in in_one.get(field["block_id"], [field["block_id"]])] == asked


@pytest.mark.parametrize("settings", [PLAIN, RICH], ids=["plain", "rich"])
@pytest.mark.parametrize("step", [*Step, None])
def test_a_form_left_as_it_came_changes_nothing(settings: ChannelSettings, step: Step | None) -> None:
    form = settings_modal(
        channel=replace(CHANNEL, settings=settings),
        form=OpenForm("C1", step),
        language="en",
        may_name_managers=True,
    )
    assert read_form(settings_form._initial_values(form["blocks"]), settings) == settings


@pytest.mark.parametrize("state", ChannelState)
def test_no_row_of_buttons_is_longer_than_five(state: ChannelState) -> None:
    said = channel_messages.overview(channel=replace(CHANNEL, state=state), language="en", now=NOW)
    rows = [block["elements"] for block in said.blocks if block["type"] == "actions"]
    assert all(1 <= len(row) <= 5 for row in rows)


def test_each_step_of_a_channel_that_is_set_up_can_be_changed_by_one_click() -> None:
    def changing(state: ChannelState) -> list[str]:
        said = channel_messages.overview(channel=replace(CHANNEL, state=state), language="en", now=NOW)
        return [block["accessory"]["action_id"] for block in said.blocks if "accessory" in block]

    each = [f"channel_change_{step}" for step in Step]
    assert [changing(state) for state in (ChannelState.ACTIVE, ChannelState.PAUSED, ChannelState.CLOSED)] == [each] * 3
    assert changing(ChannelState.NEW) == changing(ChannelState.LEFT) == []


@EVERY_LANGUAGE
def test_each_message_of_a_preview_says_first_that_it_is_one(language: str) -> None:
    label = catalogue(language).t("preview.label")
    shown = channel_messages.preview([SAYS["changes_none"](language)] * 2, language=language)
    assert [each.blocks[0]["elements"][0]["text"] for each in shown] == [label] * 2
    assert all(each.text.startswith(label) for each in shown)


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
