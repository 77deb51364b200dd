"""Links to papers in people's messages: previews, and what is done with them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.messages.as_text import as_text
from bot.messages.message import Message
from bot.rules.link_previews import PastedLinks, papers_linked
from bot.rules.outages import Sighting
from bot.rules.requests import LEASE, Request, RequestKind
from bot.slack_emulator.blocks import message_problems
from handlers.left_over import finish_left_over
from tests.harness import DAY, open_harness
from tests.scopes import USUALLY_GRANTED

if TYPE_CHECKING:
    from pathlib import Path

    from bot.slack_emulator import Channel, Person, SlackMessage
    from tests.harness import Harness

MATTING, MELTEMI, NEW = "2407.21017", "2407.20743", "2501.00001"
MATTING_URL = f"https://arxiv.org/abs/{MATTING}"
MELTEMI_URL = f"https://huggingface.co/papers/{MELTEMI}"
NEW_URL = f"https://www.alphaxiv.org/abs/{NEW}"
HOSTILE = "*A* <!channel> `B` &amp; <https://evil.example|click> _C_ ~D~ $x<y$ " + "x" * 300


@pytest.fixture
async def known(harness: Harness) -> Harness:
    """A bot that knows the bundled morning, in a channel that nobody has set up."""
    await harness.bot.services.library.read_day(DAY)
    harness.sources.paper(
        NEW, {"id": NEW, "title": "A Late Find", "authors": [{"name": "Zoe"}], "summary": "We find it. It is late."}
    )
    return harness


async def say(
    harness: Harness, text: str, channel: Channel | None = None, person: Person | None = None, **more: Any
) -> SlackMessage:
    """Write a message, and the message as it stands once the bot is done with it."""
    where = channel or harness.papers
    said = await harness.slack.say((person or harness.ana).id, where.id, text, **more)
    await harness.quiet()
    now = harness.slack.message(where.id, said.ts)
    assert now is not None
    return now


def previews(message: SlackMessage) -> dict[str, str]:
    """The previews below a message as a person reads them, by address; each as Slack takes it."""
    for card in message.unfurls.values():
        assert not message_problems(card["blocks"])
        assert "rich_text" not in {block["type"] for block in card["blocks"]}
    return {url: as_text(Message("", tuple(card["blocks"])), width=200) for url, card in message.unfurls.items()}


def unfurls(harness: Harness) -> int:
    return sum(call.method == "chat.unfurl" for call in harness.slack.calls)


class TestAPreview:
    async def test_shows_title_authors_upvotes_and_the_one_line_summary(self, known: Harness) -> None:
        (shown,) = previews(await say(known, f"Seen this? <{MATTING_URL}>")).values()
        for part in ("Matting by Generation", "Zhixiang Wang", "upvotes", "Save", "PDF", "🔖", "One-line summary from"):
            assert part in shown, part

    async def test_is_in_the_language_of_the_channel(self, known: Harness) -> None:
        await known.serve(language="ko")
        (shown,) = previews(await say(known, MELTEMI_URL)).values()
        assert "저장" in shown
        assert "추천" in shown

    async def test_of_a_paper_nobody_knew_comes_as_soon_as_it_is_fetched(self, known: Harness) -> None:
        shown = previews(await say(known, f"<{NEW_URL}> and <{MATTING_URL}>"))
        assert "A Late Find" in shown[NEW_URL]
        assert "Matting by Generation" in shown[MATTING_URL]
        assert unfurls(known) == 2, "what is known does not wait for what is not"

    async def test_comes_in_threads_and_private_channels_and_for_every_site(self, known: Harness) -> None:
        private = known.slack.add_channel("secret", members=[known.ana.id], private=True)
        root = await say(known, "a question", private)
        reply = await say(known, f"see {MELTEMI_URL}", private, thread_ts=root.ts)
        assert previews(reply).keys() == {MELTEMI_URL}

    async def test_keeps_what_a_title_says_to_itself(self, known: Harness) -> None:
        known.sources.paper(NEW, {"id": NEW, "title": HOSTILE, "authors": [{"name": HOSTILE}], "summary": HOSTILE})
        said = await say(known, NEW_URL)
        (card,) = said.unfurls.values()
        texts = [block["text"]["type"] for block in card["blocks"] if "text" in block]
        assert texts
        assert set(texts) == {"plain_text"}
        assert "<!channel>" in previews(said)[NEW_URL]

    async def test_of_the_same_paper_stands_once_in_a_message(self, known: Harness) -> None:
        said = await say(
            known, f"{MATTING_URL} https://huggingface.co/papers/{MATTING} https://arxiv.org/pdf/{MATTING}v1"
        )
        assert previews(said).keys() == {MATTING_URL}

    async def test_of_many_links_comes_for_five(self, known: Harness) -> None:
        listing = await known.bot.services.store.listings.find(DAY)
        assert listing
        urls = [f"https://arxiv.org/abs/{each.paper.id}" for each in listing.papers[:8]]
        assert [*previews(await say(known, " ".join(urls)))] == urls[:5]


class TestOnceAWeek:
    async def test_a_channel_sees_a_paper_again_after_a_week(self, known: Harness) -> None:
        assert previews(await say(known, MATTING_URL))
        assert not previews(await say(known, MATTING_URL))
        other = known.slack.add_channel("random", members=[known.ana.id])
        assert previews(await say(known, MATTING_URL, other))
        known.clock.advance_to(known.clock.now() + timedelta(days=7, minutes=1))
        assert previews(await say(known, MATTING_URL))

    async def test_deliveries_that_come_twice_make_one(self, known: Harness) -> None:
        known.slack.faults.duplicate_next(2)
        assert previews(await say(known, MATTING_URL))
        assert unfurls(known) == 1

    async def test_two_that_paste_it_at_once_get_one(self, known: Harness) -> None:
        for person in (known.ana, known.jimin):
            await known.slack.say(person.id, known.papers.id, NEW_URL)
        await known.quiet()
        assert sum(bool(each.unfurls) for each in known.slack.messages(known.papers.id)) == 1

    async def test_a_message_edited_to_link_another_paper_gets_that_too(self, known: Harness) -> None:
        said = await say(known, MATTING_URL)
        await known.slack.edit_message(known.ana.id, said.channel, said.ts, f"{MATTING_URL} {MELTEMI_URL}")
        await known.quiet()
        now = known.slack.message(said.channel, said.ts)
        assert now
        assert previews(now).keys() == {MATTING_URL, MELTEMI_URL}
        assert unfurls(known) == 2


class TestNoPreview:
    async def test_for_what_is_no_paper(self, known: Harness) -> None:
        said = await say(known, "https://arxiv.org/list/cs.CL/recent https://huggingface.co/models")
        assert not said.unfurls
        assert all(delivery.acked for delivery in known.slack.deliveries)

    async def test_while_somebody_writes(self, known: Harness) -> None:
        await known.slack.compose(known.ana.id, known.papers.id, MATTING_URL)
        await known.quiet()
        composed = known.slack.deliveries[-1].payload["event"]
        as_others_have_it = {name: value for name, value in composed.items() if name != "channel"}
        await known.slack.send_event({**as_others_have_it, "channel_id": "COMPOSER"})
        await known.quiet()
        assert unfurls(known) == 0
        assert all(delivery.acked for delivery in known.slack.deliveries)

    async def test_where_paperboy_is_no_member(self, known: Harness) -> None:
        elsewhere = known.slack.add_channel("elsewhere", members=[known.ana.id], with_bot=False)
        assert not (await say(known, MATTING_URL, elsewhere)).unfurls

    async def test_in_a_direct_message_which_is_answered_with_the_card(self, known: Harness) -> None:
        direct = known.slack.direct_messages(known.ana.id)
        assert not (await say(known, MATTING_URL, direct)).unfurls

    async def test_of_a_message_that_mentions_paperboy_and_is_answered(self, known: Harness) -> None:
        said = await known.slack.mention(known.ana.id, known.papers.id, MATTING_URL)
        await known.quiet()
        assert unfurls(known) == 0
        assert len(known.slack.thread(known.papers.id, said.ts)) > 1

    @pytest.mark.parametrize("first", ["link_shared", "app_mention"])
    async def test_of_a_message_that_mentions_paperboy_in_whatever_order_slack_tells(
        self, known: Harness, monkeypatch: pytest.MonkeyPatch, first: str
    ) -> None:
        said = await say(known, "See below")
        about = {"channel": said.channel, "user": known.ana.id, "event_ts": said.ts}
        link = {"domain": "arxiv.org", "url": MATTING_URL}
        events: dict[str, dict[str, Any]] = {
            "app_mention": {"text": f"<@{known.slack.bot_user_id}> {MATTING_URL}", "ts": said.ts},
            "link_shared": {
                "is_bot_user_member": True,
                "message_ts": said.ts,
                "source": "conversations_history",
                "links": [link],
            },
        }
        order = sorted(events, key=lambda kind: kind != first)

        async def tell(_: float = 0) -> None:
            """Tell of the next event; while the bot waits after the first, of the second."""
            if order:
                kind = order.pop(0)
                await known.slack.send_event({"type": kind, **about, **events[kind]})
                await known.slack.settled()

        monkeypatch.setattr(known.clock, "sleep", tell)
        await tell()
        await tell()
        await known.quiet()
        assert unfurls(known) == 0
        assert len(known.slack.thread(known.papers.id, said.ts)) == 2

    async def test_where_the_settings_say_so(self, known: Harness) -> None:
        await known.serve(link_previews=False)
        assert not (await say(known, MATTING_URL)).unfurls
        await known.change(link_previews=True)
        assert (await say(known, MATTING_URL)).unfurls

    async def test_of_paperboys_own_messages_even_if_slack_tells_of_them(self, known: Harness) -> None:
        await known.post()
        event = {
            "type": "link_shared",
            "channel": known.papers.id,
            "is_bot_user_member": True,
            "user": known.slack.bot_user_id,
            "message_ts": known.header.ts,
            "source": "conversations_history",
            "links": [{"domain": "arxiv.org", "url": MATTING_URL}],
        }
        await known.slack.send_event(event)
        await known.slack.send_event({**event, "user": None, "bot_id": known.slack.bot_id})
        await known.quiet()
        assert unfurls(known) == 0

    @pytest.mark.parametrize("down", [True, False])
    async def test_of_a_paper_that_cannot_be_had_and_nobody_is_told(self, known: Harness, down: bool) -> None:
        if down:
            known.sources.down()
        said = await say(known, "https://arxiv.org/abs/2501.99999")
        assert not said.unfurls
        assert not known.slack.ephemerals(known.ana.id)
        assert not known.slack.messages(known.slack.direct_messages(known.ana.id).id)

    @pytest.mark.parametrize("code", ["cannot_unfurl_url", "cannot_find_message", "missing_scope", "invalid_blocks"])
    async def test_where_slack_takes_none_which_is_not_tried_again(self, known: Harness, code: str) -> None:
        known.slack.faults.error("chat.unfurl", error=code, times=9)
        said = await say(known, MATTING_URL)
        assert (bool(said.unfurls), unfurls(known)) == (False, 1)
        await known.react(known.ana, said, "bookmark")
        assert await known.reading_list(known.ana) == []
        known.slack.faults.clear()
        assert (await say(known, MATTING_URL)).unfurls, "another message may have it"

    async def test_without_the_scopes_for_it(self, tmp_path: Path) -> None:
        granted = USUALLY_GRANTED - {"links:write"}
        async with open_harness(tmp_path, granted=granted) as harness:
            await harness.bot.services.library.read_day(DAY)
            assert not (await say(harness, MATTING_URL)).unfurls

    async def test_of_a_message_that_is_gone_by_then(self, known: Harness) -> None:
        known.slack.faults.hold()
        said = await known.slack.say(known.ana.id, known.papers.id, MATTING_URL)
        await known.slack.delete_message(known.ana.id, said.channel, said.ts)
        known.slack.faults.release()
        await known.quiet()
        assert known.slack.message(said.channel, said.ts) is None
        assert (await say(known, MATTING_URL)).unfurls


class TestSaving:
    async def test_the_emoji_on_the_message_saves_and_its_removal_undoes(self, known: Harness) -> None:
        said = await say(known, f"{MATTING_URL} {NEW_URL}")
        await known.react(known.jimin, said, "bookmark")
        assert set(await known.reading_list(known.jimin)) == {MATTING, NEW}
        assert await known.reading_list(known.ana) == []
        await known.unreact(known.jimin, said, "bookmark")
        assert await known.reading_list(known.jimin) == []

    async def test_the_button_saves_its_paper_and_tells_who_clicked(self, known: Harness) -> None:
        said = await say(known, f"{MATTING_URL} {NEW_URL}")
        answers = await known.click(known.jimin, said, "save_paper", value=MATTING)
        assert await known.reading_list(known.jimin) == [MATTING]
        assert len(answers) == 1
        assert "Matting by Generation" in answers[0]
        assert len(known.slack.messages(known.papers.id)) == 1

    async def test_in_a_thread_the_answer_stands_there(self, known: Harness) -> None:
        root = await say(known, "a question")
        said = await say(known, MATTING_URL, thread_ts=root.ts)
        answers = await known.click(known.jimin, said, "save_paper", value=MATTING)
        assert len(answers) == 1
        assert known.slack.ephemerals(known.jimin.id)[-1].thread_ts == root.ts

    async def test_reactions_missed_in_an_outage_are_read(self, known: Harness) -> None:
        said = await say(known, MATTING_URL)
        store = known.bot.services.store
        outage = await store.outages.record_contact(known.team, Sighting(known.clock.now() + timedelta(minutes=5)))
        assert outage
        waiting = await store.outages.messages_to_reconcile(
            known.team, outage, since=known.clock.now() - timedelta(days=14)
        )
        assert [each.ts for each in waiting] == [said.ts]


class TestACrash:
    """The process that took the links ended; another one takes over what is on disk."""

    @staticmethod
    def left_by_another(harness: Harness, said: SlackMessage, *urls: str) -> Request:
        links = PastedLinks(said.ts, papers_linked(urls))
        where = (harness.team, said.channel, harness.ana.id)
        return Request(*where, RequestKind.PREVIEW, "1.1", links.to_value(), harness.clock.now())

    async def took_over(self, harness: Harness, *, after: timedelta = LEASE + timedelta(seconds=1)) -> None:
        harness.clock.advance_to(harness.clock.now() + after)
        await harness.bot.check_connection()
        await harness.quiet()

    @pytest.mark.parametrize("begun", [False, True])
    async def test_before_the_preview_delays_it(self, known: Harness, begun: bool) -> None:
        said = await self.unheard(known, f"{MATTING_URL} {NEW_URL}")
        store = known.bot.services.store
        request = self.left_by_another(known, said, MATTING_URL, NEW_URL)
        assert await store.requests.note(request, owner="dead", until=known.clock.now() + LEASE)
        if begun:
            where = (known.team, said.channel, said.ts)
            assert await store.link_previews.begin(*where, [MATTING], now=known.clock.now()) == [MATTING]
        await self.took_over(known)
        now = known.slack.message(said.channel, said.ts)
        assert now
        assert previews(now).keys() == {MATTING_URL, NEW_URL}
        await known.react(known.ana, now, "bookmark")
        assert set(await known.reading_list(known.ana)) == {MATTING, NEW}

    async def test_of_an_hour_leaves_the_message_alone_and_nobody_is_told(self, known: Harness) -> None:
        said = await self.unheard(known, MATTING_URL)
        request = self.left_by_another(known, said, MATTING_URL)
        store = known.bot.services.store
        assert await store.requests.note(request, owner="dead", until=known.clock.now() + LEASE)
        await self.took_over(known, after=timedelta(minutes=31))
        assert unfurls(known) == 0
        assert not known.slack.ephemerals(known.ana.id)
        told = [each.metadata for each in known.slack.messages(known.slack.direct_messages(known.ana.id).id)]
        assert all(about and about["event_payload"]["edition"].startswith("welcome:") for about in told)
        assert await store.requests.take(known.team, owner="x", now=known.clock.now(), until=known.clock.now()) == []

    async def test_while_slack_is_asked_asks_again_and_the_preview_stands_once(self, known: Harness) -> None:
        known.slack.faults.drop_after_accepting("chat.unfurl")
        said = await say(known, MATTING_URL)
        assert unfurls(known) == 2
        assert previews(said).keys() == {MATTING_URL}

    @pytest.mark.parametrize("away", ["busy", "a page of something else", "an unlisted code"])
    async def test_of_slack_itself_delays_it(self, known: Harness, away: str) -> None:
        match away:
            case "busy":
                known.slack.faults.answer("chat.unfurl", status=429, retry_after=3)
            case "an unlisted code":
                known.slack.faults.error("chat.unfurl", error="the_moon_is_full")
            case _:
                known.slack.faults.foreign("chat.unfurl")
        assert previews(await say(known, MATTING_URL)).keys() == {MATTING_URL}
        assert unfurls(known) == 2

    async def test_of_slack_that_lasts_ends_it_and_the_next_link_after_an_hour_has_it(self, known: Harness) -> None:
        known.slack.faults.foreign("chat.unfurl", times=99)
        assert not (await say(known, MATTING_URL)).unfurls
        assert 1 < unfurls(known) < 20
        known.slack.faults.clear()
        known.clock.advance_to(known.clock.now() + timedelta(hours=1, minutes=1))
        assert (await say(known, MATTING_URL)).unfurls

    @staticmethod
    async def unheard(harness: Harness, text: str) -> SlackMessage:
        """Write a message that nobody tells of."""
        elsewhere = harness.slack.add_channel("elsewhere", members=[harness.ana.id], with_bot=False)
        said = await harness.slack.say(harness.ana.id, elsewhere.id, text)
        await harness.slack.invite_bot(elsewhere.id, by=harness.ana.id)
        await harness.quiet()
        return said


async def test_links_that_there_is_no_room_for_are_acknowledged_and_shown_later(known: Harness) -> None:
    is_over = asyncio.Event()
    while known.bot.deps.background.of(known.team).has_room:
        known.bot.deps.background.of(known.team).start(_wait_for(is_over))
    said = await known.slack.say(known.ana.id, known.papers.id, MATTING_URL)
    await known.slack.settled()
    assert [len(each.attempts) for each in known.slack.deliveries if each.type == "link_shared"] == [1]
    is_over.set()
    await known.quiet()
    known.clock.advance_to(known.clock.now() + timedelta(minutes=1))
    await finish_left_over(known.bot.deps, known.team, known.bot.workspace.client)
    await known.quiet()
    now = known.slack.message(said.channel, said.ts)
    assert now
    assert previews(now).keys() == {MATTING_URL}


async def _wait_for(event: asyncio.Event) -> None:
    await event.wait()


async def test_links_that_no_listener_has_room_for_come_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.bot.services.library.read_day(DAY)
        for number in range(40):
            await harness.slack.say(harness.ana.id, harness.papers.id, f"{MELTEMI_URL}#{number}")
        await harness.quiet()
        assert sum(bool(each.unfurls) for each in harness.slack.messages(harness.papers.id)) == 1
        assert all(delivery.acked for delivery in harness.slack.deliveries)
