"""A channel is set up, shown, changed, paused, skipped, posted to and undone from within Slack, in both languages."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from bot.rules.channels import ChannelState, EmptyDays, Layout, Recap
from bot.slack_emulator.acceptance import Acceptance
from bot.templating.catalogues import catalogue, languages
from tests.harness import papers_of, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from syrupy.assertion import SnapshotAssertion

    from bot.slack_emulator import Channel, Person, PrivateMessage, SlackMessage, View
    from tests.harness import Harness

THURSDAY = date(2024, 8, 1)
BOTH = pytest.mark.parametrize("language", languages())


class Printed(SingleFileSnapshotExtension):
    """A modal as words."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def somebody(harness: Harness, language: str) -> Person:
    return {"en": harness.ana, "ko": harness.jimin}[language]


async def invited(harness: Harness, person: Person) -> Channel:
    """A new channel to which somebody has just invited Paperboy."""
    channel = harness.slack.add_channel("lab", members=[harness.ana.id, harness.jimin.id], with_bot=False)
    await harness.slack.invite_bot(channel.id, by=person.id)
    await harness.quiet()
    return channel


def told(harness: Harness, person: Person) -> list[SlackMessage]:
    """The direct messages Paperboy wrote to somebody."""
    return harness.slack.messages(harness.slack.direct_messages(person.id).id)


async def opened(harness: Harness, person: Person, message: SlackMessage | PrivateMessage, action: str) -> View:
    """The form that a button opens."""
    await harness.click(person, message, action)
    (form,) = harness.slack.modals(person.id)
    check(form)
    return form


async def saved(harness: Harness, form: View, values: dict[str, Any]) -> View:
    """What stands in the place of a form once it was sent off with these values."""
    assert (await harness.slack.submit(form, values)).ok
    await harness.quiet()
    (shown,) = harness.slack.modals(form.person)
    check(shown)
    return shown


def check(view: View) -> None:
    """Hold a view to Slack's own types, where they are at hand."""
    if folder := os.environ.get("PAPERBOY_SLACK_SCHEMAS"):
        accepts, what_is_wrong = _slacks_types(Path(folder) / "views.schema.json")
        assert accepts(view.content), what_is_wrong(view.content)


@cache
def _slacks_types(file: Path) -> tuple[Callable[[Any], bool], Callable[[Any], list[str]]]:
    """Whether a view is of these types, which is soon known, and what is wrong with one that is not."""
    schema = json.loads(file.read_text(encoding="utf-8"))
    accepts = Acceptance(schema["definitions"], lambda every, _: every).accepts
    return (
        lambda content: accepts(schema, content),
        lambda content: [error.message for error in Draft7Validator(schema).iter_errors(content)],
    )


async def settings_of(harness: Harness, person: Person, channel: Channel) -> PrivateMessage:
    """The answer to `/paper settings`."""
    answer = await harness.slack.command(person.id, channel.id, "/paper", "settings")
    assert answer.ok
    await harness.quiet()
    return harness.slack.ephemerals(person.id)[-1]


def last(harness: Harness, person: Person) -> PrivateMessage:
    return harness.slack.ephemerals(person.id)[-1]


def bare(message: SlackMessage) -> list[dict[str, Any]]:
    """The blocks without the names Slack gave them."""
    return [{name: value for name, value in block.items() if name != "block_id"} for block in message.blocks]


def says(language: str, key: str, **values: object) -> str:
    return catalogue(language).t(key, **values)


@BOTH
async def test_an_invitation_is_answered_to_the_inviter_alone_with_what_the_channel_would_get(
    harness: Harness, language: str
) -> None:
    person = somebody(harness, language)
    channel = await invited(harness, person)
    hello, header, card = told(harness, person)
    other = harness.jimin if person is harness.ana else harness.ana
    assert harness.slack.messages(channel.id) == []
    assert told(harness, other) == []
    assert says(language, "welcome.text") in hello.text
    assert header.thread_ts == card.thread_ts == hello.ts

    await harness.click(person, hello, "channel_use_defaults")
    await harness.click(person, told(harness, person)[0], "channel_post_now")
    posted, first, *_ = harness.slack.messages(channel.id)
    for previewed, real in ((header, posted), (card, first)):
        assert bare(previewed)[1:] == bare(real), "exactly what the channel gets"
        assert previewed.text == f"{says(language, 'preview.label')} {real.text}"
        assert says(language, "preview.label") in json.dumps(previewed.blocks[0], ensure_ascii=False)


@BOTH
async def test_the_defaults_serve_the_channel_from_the_next_morning_on(harness: Harness, language: str) -> None:
    person = somebody(harness, language)
    channel = await invited(harness, person)
    await harness.click(person, told(harness, person)[0], "channel_use_defaults")
    served = await harness.served(channel)
    assert (served.state, served.settings.timezone, served.settings.language) == (
        ChannelState.ACTIVE,
        person.tz,
        language,
    )
    harness.sources.day(THURSDAY, papers_of(THURSDAY))
    await harness.at(datetime(2024, 8, 2, 12, tzinfo=UTC))
    (header, *_) = harness.slack.messages(channel.id)
    assert (header.metadata or {})["event_payload"]["edition"] == "daily:2024-08-01"


@BOTH
async def test_a_channel_is_set_up_in_three_steps_each_of_which_is_saved_and_only_the_last_starts_it(
    harness: Harness, language: str, snapshot: SnapshotAssertion
) -> None:
    person = somebody(harness, language)
    channel = await invited(harness, person)
    form = await opened(harness, person, told(harness, person)[0], "channel_set_up")
    shown = [form]
    when = {
        "post_at": "07:30",
        "timezone": "Asia/Seoul",
        "weekdays": ["0", "1", "2", "3", "4"],
        "skip_dates": "2024-12-24..2024-12-26, 2025-01-01",
        "empty_days": "nothing",
        "recap": "weekly",
    }
    what = {"top": "2", "minimum_votes": "10", "exclude_words": "survey; <!channel>", "also_post": ["late_risers"]}
    for values in (when, what):
        shown.append(await saved(harness, shown[-1], values))
        assert (await harness.served(channel)).state is ChannelState.NEW, "nothing is started in between"
    assert (await harness.served(channel)).settings.exclude_words == ("survey", "<!channel>")
    assert harness.slack.messages(channel.id) == []
    done = await saved(harness, shown[-1], {"layout": "cards"})
    assert "\n".join(map(printed, shown)) == snapshot(name=f"form_{language}", extension_class=Printed)
    assert printed(done) == snapshot(name=f"done_{language}", extension_class=Printed)

    served = await harness.served(channel)
    settings = served.settings
    assert served.state is ChannelState.ACTIVE
    assert (settings.post_at, settings.timezone, settings.top) == (time(7, 30), "Asia/Seoul", 2)
    assert (settings.layout, settings.empty_days, settings.minimum_votes) == (Layout.CARDS, EmptyDays.NOTHING, 10)
    assert settings.skip_dates == (*(date(2024, 12, day) for day in (24, 25, 26)), date(2025, 1, 1))

    harness.sources.day(THURSDAY, papers_of(THURSDAY))
    await harness.at(datetime(2024, 8, 1, 22, 30, tzinfo=UTC))
    _, *cards = harness.slack.messages(channel.id)
    assert [card.thread_ts for card in cards] == [None, None]


@BOTH
async def test_a_form_says_at_each_field_what_is_wrong_and_saves_nothing(harness: Harness, language: str) -> None:
    person = somebody(harness, language)
    await harness.serve()
    shown = await settings_of(harness, person, harness.papers)
    before = await harness.served()
    wrong = {
        "when": ({"skip_dates": "tomorrow"}, {"skip_dates": says(language, "form.not_a_date", text="tomorrow")}),
        "what": (
            {"top": "0", "minimum_votes": "many", "include_words": "x" * 99},
            {
                "top": says(language, "form.top"),
                "minimum_votes": says(language, "form.minimum_votes"),
                "include_words": says(language, "form.long_word", text="x" * 59 + "…"),
            },
        ),
    }
    for step, (values, errors) in wrong.items():
        form = await opened(harness, person, shown, f"channel_change_{step}")
        refused = await harness.slack.submit(form, values)
        assert refused.error == "errors"
        assert isinstance(refused.payload, dict)
        assert refused.payload["errors"] == errors
        assert [view.id for view in harness.slack.modals(person.id)] == [form.id], "it stays open, as it was filled in"
    assert await harness.served() == before


async def test_who_closes_the_form_on_the_way_keeps_what_was_saved_and_the_channel_is_not_started(
    harness: Harness,
) -> None:
    channel = await invited(harness, harness.ana)
    form = await opened(harness, harness.ana, told(harness, harness.ana)[0], "channel_set_up")
    await harness.slack.close(await saved(harness, form, {"post_at": "07:30"}))
    served = await harness.served(channel)
    assert (served.state, served.settings.post_at) == (ChannelState.NEW, time(7, 30))
    again = await opened(harness, harness.ana, told(harness, harness.ana)[0], "channel_set_up")
    assert again.content["blocks"][2]["element"]["initial_time"] == "07:30"


async def test_a_channel_paperboy_is_not_in_is_told_so_at_the_first_step_and_nothing_is_kept(harness: Harness) -> None:
    channel = harness.slack.add_channel("lab", members=[harness.ana.id], with_bot=False)
    shown = await settings_of(harness, harness.ana, channel)
    form = await opened(harness, harness.ana, shown, "channel_set_up")
    again = await saved(harness, form, {"post_at": "07:30"})
    assert "/invite @Paperboy" in printed(again)
    assert await harness.bot.services.store.channels.find(harness.team, channel.id) is None


@pytest.mark.parametrize("state", [ChannelState.NEW, ChannelState.ACTIVE])
async def test_a_form_that_0_5_0_opened_still_saves_and_starts(harness: Harness, state: ChannelState) -> None:
    if state is ChannelState.NEW:
        channel = await invited(harness, harness.ana)
    else:
        channel = harness.papers
        await harness.serve(channel)
    await harness.change(channel, top=7, include_words=("robot",), recap=Recap.WEEKLY)
    left = json.loads((Path(__file__).parents[1] / "releases" / "0.5.0-settings-form.json").read_text("utf-8"))
    old = {**left, "private_metadata": json.dumps({"channel": channel.id})}
    form = await opened(harness, harness.ana, await settings_of(harness, harness.ana, channel), opening(state))
    await harness.bot.workspace.client.views_update(view_id=form.id, view=old)
    (form,) = harness.slack.modals(harness.ana.id)
    done = await saved(harness, form, {"post_at": "07:30", "extras": ["unfurl"]})
    said = "Done. Digests will be posted in" if state is ChannelState.NEW else "Settings saved."
    assert said in printed(done)
    served = await harness.served(channel)
    assert served.state is ChannelState.ACTIVE
    settings = served.settings
    assert (settings.post_at, settings.late_risers, settings.unfurl) == (time(7, 30), False, True)
    assert (settings.top, settings.include_words, settings.recap) == (7, ("robot",), Recap.WEEKLY), "left as it came"


def opening(state: ChannelState) -> str:
    """The button that opens a form of a channel."""
    return "channel_set_up" if state is ChannelState.NEW else "channel_change_when"


async def test_the_button_of_a_message_of_0_5_0_leads_through_all_steps(harness: Harness) -> None:
    await harness.serve()
    text = {"type": "plain_text", "text": "Change"}
    button = {"type": "button", "action_id": "channel_change", "value": harness.papers.id, "text": text}
    await harness.bot.workspace.client.chat_postMessage(
        channel=harness.ana.id, text="Settings", blocks=[{"type": "actions", "elements": [button]}]
    )
    form = await opened(harness, harness.ana, told(harness, harness.ana)[-1], "channel_change")
    for values in ({"post_at": "07:30"}, {"top": "2"}, {"layout": "digest"}):
        form = await saved(harness, form, values)
    settings = (await harness.served()).settings
    assert (settings.post_at, settings.top, settings.layout) == (time(7, 30), 2, Layout.DIGEST)
    assert says("en", "news.saved") in printed(form)


@BOTH
async def test_everything_can_be_done_from_the_settings_message(harness: Harness, language: str) -> None:
    person = somebody(harness, language)
    await harness.serve()
    shown = await settings_of(harness, person, harness.papers)

    form = await opened(harness, person, shown, "channel_change_what")
    done = await saved(harness, form, {"top": "2"})
    assert says(language, "news.saved") in printed(done)
    await harness.slack.close(done)
    assert (await harness.served()).settings.top == 2
    assert says(language, "news.saved") in read(last_overview(harness, person, shown))
    assert f"{says(language, 'setting.top')}: 2" in read(last_overview(harness, person, shown))

    header, card = await harness.click(person, shown, "channel_preview")
    assert bundled_title(0) in card or bundled_title(0) in header
    assert all(says(language, "preview.label") in each for each in (header, card))

    await harness.click(person, shown, "channel_pause")
    assert (await harness.served()).state is ChannelState.PAUSED
    assert says(language, "channel.paused") in read(last_overview(harness, person, shown))
    await harness.click(person, last_overview(harness, person, shown), "channel_resume")
    assert (await harness.served()).state is ChannelState.ACTIVE

    await harness.click(person, last_overview(harness, person, shown), "channel_skip")
    assert (await harness.served()).skip_next
    await harness.click(person, last_overview(harness, person, shown), "channel_unskip")
    assert not (await harness.served()).skip_next

    posted = await harness.click(person, last_overview(harness, person, shown), "channel_post_now")
    assert posted[-1] == says(language, "news.posted", count=2)
    assert len(harness.cards) == 2

    (log,) = await harness.click(person, last_overview(harness, person, shown), "channel_changes")
    assert says(language, "setting.top") in log
    number = next(each.id for each in await changes(harness) if each.setting == "top")
    await harness.click(person, last(harness, person), "channel_undo", value=f"{harness.papers.id}:{number}")
    assert (await harness.served()).settings.top == 3


@pytest.mark.parametrize("error", ["team_quota_exceeded", "msg_blocks_too_long"])
async def test_post_now_does_not_say_posted_of_what_slack_did_not_take(harness: Harness, error: str) -> None:
    await harness.serve()
    await harness.ask(harness.ana, "settings")
    harness.slack.faults.error("chat.postMessage", error=error, times=99)
    answers = await harness.click(harness.ana, last(harness, harness.ana), "channel_post_now")
    assert harness.slack.messages(harness.papers.id) == []
    assert not any("Posted" in each for each in answers)
    expected = "as soon as it does" if error == "team_quota_exceeded" else error
    assert expected in answers[-1]


async def changes(harness: Harness) -> list[Any]:
    return await harness.bot.services.store.channels.changes(harness.team, harness.papers.id, limit=50)


def bundled_title(number: int) -> str:
    from tests.harness import bundled_day

    ranked = sorted(bundled_day(), key=lambda item: -item["paper"]["upvotes"])
    return str(ranked[number]["paper"]["title"]).split(":", maxsplit=1)[0]


def last_overview(harness: Harness, person: Person, shown: PrivateMessage) -> PrivateMessage:
    """The settings message as it is now: buttons change it in its place."""
    return next(each for each in harness.slack.ephemerals(person.id) if each.ts == shown.ts)


async def test_whoever_undoes_what_was_changed_again_since_changes_nothing(harness: Harness) -> None:
    await harness.serve()
    await harness.change(top=5)
    (first, *_) = await changes(harness)
    await harness.change(top=7)
    await settings_of(harness, harness.ana, harness.papers)
    await harness.click(harness.ana, last(harness, harness.ana), "channel_changes")
    await harness.click(
        harness.ana, last(harness, harness.ana), "channel_undo", value=f"{harness.papers.id}:{first.id}"
    )
    assert (await harness.served()).settings.top == 7


async def test_two_people_who_change_different_things_at_once_both_have_their_way(harness: Harness) -> None:
    await harness.serve()
    forms = []
    for person in (harness.ana, harness.jimin):
        shown = await settings_of(harness, person, harness.papers)
        forms.append(await opened(harness, person, shown, "channel_change_what"))
    await harness.slack.submit(forms[0], {"top": "5"})
    await harness.quiet()
    await harness.slack.submit(forms[1], {"minimum_votes": "8"})
    await harness.quiet()
    settings = (await harness.served()).settings
    assert (settings.top, settings.minimum_votes) == (5, 8)


async def test_what_somebody_changes_while_slack_is_asked_about_another_form_is_kept(harness: Harness) -> None:
    await harness.serve()
    shown = await settings_of(harness, harness.ana, harness.papers)
    form = await opened(harness, harness.ana, shown, "channel_change_what")

    async def change_something_else() -> None:
        await harness.change(recap=Recap.WEEKLY, minimum_votes=8)

    harness.slack.faults.before_request(1, change_something_else)
    await saved(harness, form, {"top": "5"})
    settings = (await harness.served()).settings
    assert (settings.top, settings.recap, settings.minimum_votes) == (5, Recap.WEEKLY, 8)


async def test_a_settings_message_too_old_to_be_changed_stays_as_it_was_and_nothing_else_is_said(
    harness: Harness,
) -> None:
    await harness.serve()
    shown = await settings_of(harness, harness.ana, harness.papers)
    form = await opened(harness, harness.ana, shown, "channel_change_what")
    harness.clock.advance_to(harness.clock.now() + timedelta(minutes=31))
    before = harness.slack.ephemerals(harness.ana.id)
    assert says("en", "news.saved") in printed(await saved(harness, form, {"top": "2"}))
    assert harness.slack.ephemerals(harness.ana.id) == before


async def test_a_settings_message_follows_the_steps_of_the_form_opened_from_it(harness: Harness) -> None:
    channel = await invited(harness, harness.jimin)
    shown = await settings_of(harness, harness.ana, channel)
    form = await opened(harness, harness.ana, shown, "channel_set_up")
    for values, said in (
        ({"post_at": "07:30"}, "at 07:30"),
        ({"top": "2"}, "Papers per day: 2"),
        ({}, "Done. Digests will be posted in"),
    ):
        form = await saved(harness, form, values)
        assert said in read(last_overview(harness, harness.ana, shown))


async def test_settings_belong_to_channels(harness: Harness) -> None:
    direct = harness.slack.direct_messages(harness.ana.id)
    answer = await harness.slack.command(harness.ana.id, direct.id, "/paper", "settings")
    assert answer.ok
    await harness.quiet()
    assert last(harness, harness.ana).text.startswith(says("en", "channel.only_in_channel"))


async def test_a_form_for_another_channel_than_ones_own_is_not_taken(harness: Harness) -> None:
    secret = harness.slack.add_channel("secret", members=[harness.jimin.id], private=True)
    await harness.serve(secret)
    await harness.serve()
    shown = await settings_of(harness, harness.ana, harness.papers)
    form = await opened(harness, harness.ana, shown, "channel_change_what")
    form.content["private_metadata"] = json.dumps({"channel": secret.id, "step": "what"})
    await harness.slack.submit(form, {"top": "1"})
    await harness.quiet()
    assert (await harness.served(secret)).settings.top == 3
    assert says("en", "denied.not_in_channel") in printed(harness.slack.modals(harness.ana.id)[-1])


def printed(view: View) -> str:
    """A modal as words: each field with what it holds, each choice marked when it is made."""
    content = view.content
    lines = [f"== {content['title']['text']} =="]
    for block in content["blocks"]:
        if block["type"] == "input":
            lines.append(f"\n{block['label']['text']}{' (optional)' if block.get('optional') else ''}")
            lines += [f"  {line}" for line in _held(block["element"])]
            lines += [f"  ~ {block['hint']['text']}"] if "hint" in block else []
        else:
            lines += ["", *_texts(block)]
    buttons = [content[name]["text"] for name in ("close", "submit") if name in content]
    return "\n".join([*lines, "", " ".join(f"[{button}]" for button in buttons), ""])


def _held(element: dict[str, Any]) -> list[str]:
    groups = element.get("option_groups")
    if groups:
        count = sum(len(group["options"]) for group in groups)
        return [f"[{element['initial_option']['text']['text']} v] of {count} in {len(groups)} groups"]
    if "options" in element and element["type"] in {"checkboxes", "radio_buttons"}:
        made = [*element.get("initial_options", ()), element.get("initial_option")]
        mark = "[x]", "[ ]"
        return [f"{mark[option not in made]} {option['text']['text']}" for option in element["options"]]
    if "options" in element:
        return [f"[{element['initial_option']['text']['text']} v] of {len(element['options'])}"]
    return [f"[{element.get('initial_time') or element.get('initial_value') or ''}]"]


def _texts(part: Any) -> list[str]:
    if isinstance(part, list):
        return [line for each in part for line in _texts(each)]
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            return [part["text"]]
        return [line for each in part.values() for line in _texts(each)]
    return []
