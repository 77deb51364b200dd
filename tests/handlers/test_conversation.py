"""Direct messages and mentions: each is answered once, where it was written, whatever Slack sends and how often."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from bot.rules.incoming_messages import EDITS_ANSWERED_FOR, MOST_ANSWERED, MOST_EDITS, WITHIN
from bot.slack.manifest import build_manifest
from handlers.left_over import finish_left_over
from tests.harness import Harness, bundled_day, open_harness, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import SlackMessage

KNOWN, TITLE = "2407.20743", "Meltemi"
OTHER, OTHER_TITLE = "2407.21018", "ThinK"


def hearing_all() -> dict[str, Any]:
    """The manifest of an app that is told of every message in its channels, and so of each mention twice."""
    manifest = build_manifest()
    manifest["settings"]["event_subscriptions"]["bot_events"] += ["message.channels"]
    return manifest


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Harness]:
    manifest = hearing_all()
    async with open_harness(tmp_path, manifest=manifest, granted=manifest["oauth_config"]["scopes"]["bot"]) as opened:
        await opened.post(top=10)
        yield opened


def replies(office: Harness, message: SlackMessage) -> list[str]:
    """What stands in the thread that a message opens."""
    return [read(each) for each in office.slack.thread(message.channel, message.ts)[1:]]


def written_in(office: Harness, channel: str) -> list[str]:
    """What the bot wrote in a conversation."""
    return [read(each) for each in office.slack.messages(channel) if each.bot_id == office.slack.bot_id]


async def mention(office: Harness, text: str, **more: Any) -> SlackMessage:
    asked = await office.slack.mention(office.ana.id, office.papers.id, text, **more)
    await office.quiet()
    return asked


def alone_with(office: Harness) -> str:
    return office.slack.direct_messages(office.jimin.id).id


async def write(office: Harness, text: str, **more: Any) -> SlackMessage:
    asked = await office.slack.say(office.jimin.id, alone_with(office), text, **more)
    await office.quiet()
    return asked


async def edit(office: Harness, message: SlackMessage, text: str) -> SlackMessage:
    assert message.user
    edited = await office.slack.edit_message(message.user, message.channel, message.ts, text)
    await office.quiet()
    return edited


# where ----------------------------------------------------------------------------------------------------------------


async def test_a_mention_is_answered_in_its_thread_for_all_to_see(office: Harness) -> None:
    asked = await mention(office, KNOWN)
    (card,) = replies(office, asked)
    assert card.startswith(TITLE)


async def test_a_mention_in_a_thread_is_answered_in_that_thread(office: Harness) -> None:
    root = await office.slack.say(office.ana.id, office.papers.id, "What do you read?")
    await mention(office, KNOWN, thread_ts=root.ts)
    _, card = replies(office, root)
    assert card.startswith(TITLE)


async def test_a_direct_message_is_answered_below_it_in_the_language_of_whoever_wrote_it(office: Harness) -> None:
    await write(office, KNOWN)
    (card,) = written_in(office, alone_with(office))
    assert card.startswith(TITLE)
    assert "새로운 점" in card
    assert not any(each.thread_ts for each in office.slack.messages(alone_with(office)))


async def test_a_direct_message_in_a_thread_is_answered_there(office: Harness) -> None:
    root = await write(office, KNOWN)
    await write(office, "도움말", thread_ts=root.ts)
    assert len(replies(office, root)) == 2


async def test_a_mention_in_a_direct_message_is_nothing_but_a_direct_message(office: Harness) -> None:
    await write(office, f"<@{office.slack.bot_user_id}> {KNOWN}")
    assert [each.startswith(TITLE) for each in written_in(office, alone_with(office))] == [True]


@pytest.mark.parametrize("words", ["hello", "help"])
async def test_help_names_commands_as_they_are_typed_in_a_message(office: Harness, words: str) -> None:
    asked = await mention(office, words)
    await write(office, words)
    for told in (replies(office, asked)[0], written_in(office, alone_with(office))[0]):
        assert "/paper" not in told
        assert "help" in told or "도움말" in told


async def test_a_mention_of_several_papers_is_answered_by_a_card_of_each(office: Harness) -> None:
    asked = await mention(office, f"{KNOWN} and <https://arxiv.org/abs/{OTHER}|this one>")
    told = "\n".join(replies(office, asked))
    assert TITLE in told
    assert OTHER_TITLE in told


async def test_a_mention_without_words_explains_what_can_be_asked(office: Harness) -> None:
    asked = await mention(office, "")
    (told,) = replies(office, asked)
    assert "settings — view or change" in told


async def test_what_is_personal_comes_by_direct_message_and_the_thread_says_so(office: Harness) -> None:
    asked = await mention(office, "list")
    (told,) = replies(office, asked)
    assert "direct message" in told
    (personal,) = written_in(office, office.slack.direct_messages(office.ana.id).id)
    assert "list" in personal.lower()


async def test_a_reaction_to_an_answer_saves_its_paper(office: Harness) -> None:
    await write(office, KNOWN)
    await office.react(office.jimin, office.slack.messages(alone_with(office))[-1], "bookmark")
    assert await office.reading_list(office.jimin) == [KNOWN]


@pytest.mark.parametrize("is_served", [False, True])
@pytest.mark.parametrize("error", ["restricted_action_thread_locked", "restricted_action", "channel_not_found"])
async def test_where_slack_takes_no_reply_it_comes_by_direct_message(
    office: Harness, error: str, *, is_served: bool
) -> None:
    if is_served:
        await office.serve()
    office.slack.faults.error("chat.postMessage", error=error)
    asked = await mention(office, KNOWN)
    assert replies(office, asked) == []
    (told,) = written_in(office, office.slack.direct_messages(office.ana.id).id)
    assert TITLE in told


async def test_a_paused_channel_answers_when_asked(office: Harness) -> None:
    await office.serve()
    await office.pause()
    asked = await mention(office, KNOWN)
    assert len(replies(office, asked)) == 1


# once -----------------------------------------------------------------------------------------------------------------


async def test_what_slack_brings_twice_is_answered_once(office: Harness) -> None:
    """As a mention and as a message of the channel, and each of these twice."""
    office.slack.faults.duplicate_next(4)
    asked = await mention(office, KNOWN)
    assert len(replies(office, asked)) == 1


async def test_what_slack_brings_again_long_after_is_answered_once(office: Harness) -> None:
    asked = await mention(office, KNOWN)
    office.clock.advance_to(office.clock.now() + timedelta(hours=2))
    event = {**asked.snapshot(), "channel": asked.channel, "type": "app_mention", "event_ts": asked.ts}
    await office.slack.send_event(event)
    await office.quiet()
    assert len(replies(office, asked)) == 1


async def test_an_answer_that_slack_may_have_taken_is_not_sent_again_before_looking(office: Harness) -> None:
    office.slack.faults.drop_after_accepting("chat.postMessage")
    asked = await mention(office, KNOWN)
    await office.clock.sleep(60)
    await office.bot.workspace.schedule.tick(office.clock.now())
    await office.bot.workspace.schedule.idle()
    assert len(replies(office, asked)) == 1


UNKNOWN = "2407.00001"


def make_known_elsewhere(office: Harness) -> None:
    """Let Hugging Face know a paper that nobody here has asked for yet."""
    (item,) = [each for each in bundled_day() if each["paper"]["id"] == KNOWN]
    office.sources.paper(UNKNOWN, {**item["paper"], "id": UNKNOWN})


async def test_what_has_to_be_looked_up_is_one_message_that_changes(office: Harness) -> None:
    make_known_elsewhere(office)
    asked = await mention(office, UNKNOWN)
    (card,) = replies(office, asked)
    assert TITLE in card
    first, *later = [call for call in office.slack.calls if call.arguments.get("text", "").find(UNKNOWN) >= 0]
    assert first.method == "chat.postMessage"
    assert {call.method for call in later} <= {"chat.update"}
    await office.react(office.ana, office.slack.thread(asked.channel, asked.ts)[-1], "bookmark")
    assert await office.reading_list(office.ana) == [UNKNOWN]


async def test_an_answer_comes_when_slack_takes_it_and_says_what_was_said_last(office: Harness) -> None:
    make_known_elsewhere(office)
    office.slack.faults.answer("chat.postMessage", status=429, retry_after=600)
    asked = await mention(office, UNKNOWN)
    assert replies(office, asked) == []
    await office.at(office.clock.now() + timedelta(minutes=11))
    (card,) = replies(office, asked)
    assert TITLE in card


async def test_where_nobody_may_look_it_comes_directly_and_not_twice(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as office:
        await office.post()
        office.slack.faults.drop_after_accepting("chat.postMessage")
        asked = await mention(office, KNOWN)
        assert len(replies(office, asked)) == 1
        (told,) = written_in(office, office.slack.direct_messages(office.ana.id).id)
        assert TITLE in told


# nobody's question ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subtype", [None, "bot_message"])
@pytest.mark.parametrize("place", ["channel", "thread", "direct"])
async def test_bots_are_never_answered(office: Harness, subtype: str | None, place: str) -> None:
    other = office.slack.add_bot("Other Paperboy")
    asked = await mention(office, KNOWN)
    channel = alone_with(office) if place == "direct" else office.papers.id
    thread_ts = asked.ts if place == "thread" else None
    before = len(written_in(office, channel))
    said = await office.slack.say_as_bot(
        other, channel, f"<@{office.slack.bot_user_id}> {KNOWN}", subtype=subtype, thread_ts=thread_ts
    )
    await office.quiet()
    assert len(written_in(office, channel)) == before
    assert len(replies(office, said)) == 0


async def test_its_own_words_are_never_a_question_though_they_mention_it(office: Harness) -> None:
    """What somebody asks may come back in an answer, with Paperboy's name in it."""
    await write(office, f"search <@{office.slack.bot_user_id}>")
    await mention(office, f"<@{office.slack.bot_user_id}> <@{office.slack.bot_user_id}>")
    counts = [len(office.slack.messages(channel)) for channel in (alone_with(office), office.papers.id)]
    await office.quiet()
    assert [len(office.slack.messages(channel)) for channel in (alone_with(office), office.papers.id)] == counts
    assert len(written_in(office, alone_with(office))) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"subtype": "channel_join"},
        {"subtype": "assistant_app_thread"},
        {"user": "USLACKBOT"},
        {"user": None},
        {"hidden": True},
        {"bot_profile": {"id": "B1"}},
        {"subtype": "message_changed"},
        {"subtype": "message_changed", "message": {"text": KNOWN, "user": "U1", "ts": "1.1"}},
        {"subtype": "message_changed", "message": "odd", "previous_message": []},
        {"subtype": "message_deleted"},
        {"text": None, "ts": None},
    ],
)
async def test_what_nobody_asked_is_not_answered(office: Harness, more: dict[str, Any]) -> None:
    alone = alone_with(office)
    event = {"type": "message", "channel": alone, "channel_type": "im", "text": KNOWN, "user": office.jimin.id}
    event = {**event, "ts": "1722500000.000100", **more}
    await office.slack.send_event({name: value for name, value in event.items() if value}, subscription="message.im")
    await office.quiet()
    assert written_in(office, alone) == []


async def test_a_message_in_a_channel_that_mentions_nobody_is_not_answered(office: Harness) -> None:
    said = await office.slack.say(office.ana.id, office.papers.id, f"I read {KNOWN} today.")
    await office.quiet()
    assert replies(office, said) == []


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
async def test_what_people_write_in_other_forms_is_answered(office: Harness, subtype: str) -> None:
    event = {"type": "message", "channel": alone_with(office), "channel_type": "im", "text": KNOWN}
    said = await office.slack.say(office.jimin.id, alone_with(office), "도움말")
    await office.quiet()
    event |= {"user": office.jimin.id, "ts": f"{said.ts[:-1]}9", "subtype": subtype}
    await office.slack.send_event(event, subscription="message.im")
    await office.quiet()
    assert TITLE in written_in(office, alone_with(office))[-1]


@pytest.mark.parametrize(("text", "example"), [("요약해줘", "2407.21017"), ("저장", "저장 2407.21017")])
async def test_who_names_no_paper_in_a_message_is_told_how_to_in_one(office: Harness, text: str, example: str) -> None:
    await write(office, text)
    assert written_in(office, alone_with(office))[-1].endswith(f": {example}")


async def test_an_unknown_language_is_searched_for_and_how_to_choose_one_is_said_below(office: Harness) -> None:
    await write(office, "언어 클링온")
    answer = written_in(office, alone_with(office))[-1]
    assert "언어 클링온" in answer
    assert answer.endswith(": 언어 ko")


# edits and deletions --------------------------------------------------------------------------------------------------


async def test_an_edit_that_asks_something_else_changes_the_answer(office: Harness) -> None:
    for asked in (await mention(office, KNOWN), await write(office, KNOWN)):
        mention_of_it = f"<@{office.slack.bot_user_id}> " if asked.channel == office.papers.id else ""
        before = len(office.slack.messages(asked.channel))
        await edit(office, asked, f"{mention_of_it}{OTHER}")
        answer = office.slack.messages(asked.channel)[-1]
        assert OTHER_TITLE in read(answer)
        assert len(office.slack.messages(asked.channel)) == before
        await office.react(office.jimin, answer, "bookmark")
        assert await office.reading_list(office.jimin) == [OTHER]
        await office.unreact(office.jimin, answer, "bookmark")


async def test_an_edit_back_changes_the_answer_back(office: Harness) -> None:
    asked = await write(office, KNOWN)
    asked = await edit(office, asked, OTHER)
    await edit(office, asked, KNOWN)
    assert [TITLE in each for each in written_in(office, alone_with(office))] == [True]


async def test_an_edit_that_asks_for_less_says_so_of_the_rest(office: Harness) -> None:
    asked = await write(office, f"{KNOWN} {OTHER}")
    assert len(written_in(office, alone_with(office))) == 2
    await edit(office, asked, OTHER)
    card, rest = written_in(office, alone_with(office))
    assert OTHER_TITLE in card
    assert "수정" in rest


async def test_a_mention_added_by_an_edit_is_answered(office: Harness) -> None:
    asked = await office.slack.say(office.ana.id, office.papers.id, KNOWN)
    await edit(office, asked, f"<@{office.slack.bot_user_id}> {KNOWN}")
    assert len(replies(office, asked)) == 1


async def test_an_edit_of_nothing_but_markup_changes_nothing(office: Harness) -> None:
    asked = await write(office, KNOWN)
    updates = [call for call in office.slack.calls if call.method == "chat.update"]
    await edit(office, asked, f"*{KNOWN}*")
    assert [call for call in office.slack.calls if call.method == "chat.update"] == updates


async def test_a_late_edit_changes_nothing(office: Harness) -> None:
    asked = await write(office, KNOWN)
    office.clock.advance_to(office.clock.now() + EDITS_ANSWERED_FOR + timedelta(seconds=1))
    await edit(office, asked, OTHER)
    assert [TITLE in each for each in written_in(office, alone_with(office))] == [True]


async def test_no_message_is_answered_for_ever_anew(office: Harness) -> None:
    asked = await write(office, "first")
    for number in range(MOST_EDITS + 3):
        asked = await edit(office, asked, f"{number} {KNOWN if number == MOST_EDITS - 1 else OTHER}")
    assert [TITLE in each for each in written_in(office, alone_with(office))] == [True]


async def test_the_preview_of_a_link_is_no_edit(office: Harness) -> None:
    asked = await write(office, f"<https://arxiv.org/abs/{KNOWN}>")
    before = written_in(office, alone_with(office))
    seen = {**asked.snapshot(), "attachments": [{"from_url": "https://arxiv.org"}]}
    await office.slack.send_event(
        {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "channel": asked.channel,
            "channel_type": "im",
            "ts": "1722500099.000100",
            "message": seen,
            "previous_message": asked.snapshot(),
        },
        subscription="message.im",
    )
    await office.quiet()
    assert written_in(office, alone_with(office)) == before


async def test_a_message_deleted_before_it_is_answered_is_not(office: Harness) -> None:
    office.slack.faults.hold()
    asked = await office.slack.say(office.jimin.id, alone_with(office), KNOWN)
    await office.slack.delete_message(office.jimin.id, asked.channel, asked.ts)
    office.slack.faults.release("reversed")
    await office.quiet()
    assert written_in(office, alone_with(office)) == []


async def test_an_answer_stays_when_the_message_goes(office: Harness) -> None:
    asked = await mention(office, KNOWN)
    await office.slack.delete_message(office.ana.id, asked.channel, asked.ts)
    await office.quiet()
    assert len(replies(office, asked)) == 1


async def test_what_is_said_below_a_deleted_message_is_said_nowhere(office: Harness) -> None:
    office.slack.faults.error("chat.postMessage", error="thread_not_found")
    with capture_logs() as logs:
        await mention(office, KNOWN)
    assert written_in(office, office.slack.direct_messages(office.ana.id).id) == []
    assert [each for each in logs if each["log_level"] in {"warning", "error"}] == [], "whoever deletes does no harm"


# what it is about -----------------------------------------------------------------------------------------------------


async def test_a_verb_right_after_a_card_is_about_its_paper(office: Harness) -> None:
    await write(office, OTHER)
    await write(office, KNOWN)
    await write(office, "저장해줘")
    assert await office.reading_list(office.jimin) == [KNOWN]


async def test_a_verb_in_the_thread_of_an_answer_is_about_its_paper(office: Harness) -> None:
    asked = await mention(office, KNOWN)
    await mention(office, OTHER)
    await mention(office, "save", thread_ts=asked.ts)
    assert await office.reading_list(office.ana) == [KNOWN]


async def test_a_verb_in_the_thread_of_a_card_is_about_its_paper(office: Harness) -> None:
    await write(office, KNOWN)
    card = office.slack.messages(alone_with(office))[-1]
    await write(office, OTHER)
    await write(office, "저장", thread_ts=card.ts)
    assert await office.reading_list(office.jimin) == [KNOWN]


async def test_a_question_in_the_thread_of_an_answer_is_about_its_paper(office: Harness) -> None:
    asked = await mention(office, KNOWN)
    await mention(office, "what data was it trained on?", thread_ts=asked.ts)
    _, _, answer = replies(office, asked)
    assert KNOWN in answer
    await office.react(office.jimin, office.slack.thread(asked.channel, asked.ts)[-1], "bookmark")
    assert await office.reading_list(office.jimin) == [KNOWN]


async def test_where_several_papers_are_in_view_none_is_guessed(office: Harness) -> None:
    asked = await mention(office, "save", thread_ts=office.header.ts)
    assert await office.reading_list(office.ana) == []
    await write(office, f"{KNOWN} {OTHER}")
    await write(office, "저장")
    assert await office.reading_list(office.jimin) == []
    assert asked.thread_ts == office.header.ts


async def test_yesterdays_card_is_not_in_view(office: Harness) -> None:
    await write(office, KNOWN)
    office.clock.advance_to(office.clock.now() + timedelta(hours=25))
    await write(office, "저장")
    assert await office.reading_list(office.jimin) == []


async def test_what_slack_lets_into_the_channel_as_its_thread_is_gone_is_deleted(tmp_path: Path) -> None:
    """Of a message that is deleted in a channel nobody tells."""
    async with open_harness(tmp_path) as office:
        await office.post()
        office.slack.faults.unthreads = True
        office.slack.faults.hold()
        asked = await office.slack.mention(office.ana.id, office.papers.id, KNOWN)
        await office.slack.delete_message(office.ana.id, asked.channel, asked.ts)
        before = office.slack.messages(office.papers.id)
        office.slack.faults.release()
        await office.quiet()
        assert office.slack.messages(office.papers.id) == before
        assert [call.method for call in office.slack.calls if call.method.startswith("chat.")][-2:] == [
            "chat.postMessage",
            "chat.delete",
        ]


# how often ------------------------------------------------------------------------------------------------------------


async def test_nobody_can_fill_a_channel_through_it(office: Harness) -> None:
    asked = [await mention(office, KNOWN) for _ in range(MOST_ANSWERED + 3)]
    answered = [len(replies(office, each)) for each in asked]
    assert answered == [1] * (MOST_ANSWERED + 1) + [0, 0]
    assert "minute" in replies(office, asked[MOST_ANSWERED])[0]
    assert TITLE not in replies(office, asked[MOST_ANSWERED])[0]
    office.clock.advance_to(office.clock.now() + WITHIN + timedelta(seconds=1))
    assert TITLE in replies(office, await mention(office, KNOWN))[0]
    said = await office.slack.mention(office.jimin.id, office.papers.id, KNOWN)
    await office.quiet()
    assert len(replies(office, said)) == 1


async def test_what_there_is_no_room_for_is_answered_later(office: Harness) -> None:
    is_over = asyncio.Event()
    while office.bot.deps.background.of(office.team).has_room:
        office.bot.deps.background.of(office.team).start(_wait_for(is_over))
    asked = await office.slack.mention(office.ana.id, office.papers.id, KNOWN)
    await office.slack.settled()
    is_over.set()
    await office.quiet()
    assert replies(office, asked) == []
    office.clock.advance_to(office.clock.now() + timedelta(minutes=1))
    await finish_left_over(office.bot.deps, office.team, office.bot.workspace.client)
    await office.quiet()
    assert len(replies(office, asked)) == 1


async def _wait_for(event: asyncio.Event) -> None:
    await event.wait()
