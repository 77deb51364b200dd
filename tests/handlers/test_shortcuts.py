"""Shortcuts, on any message and from anywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.messages.as_text import as_text
from bot.messages.message import Message
from bot.rules.requests import LEASE, RequestKind
from bot.slack_emulator.blocks import message_problems, view_problems
from tests.harness import DAY, open_harness, papers_of, read

if TYPE_CHECKING:
    from pathlib import Path

    from bot.slack_emulator import Answer, Channel, Person, SlackMessage, View
    from tests.harness import Harness

MATTING, MELTEMI, NEW, NOBODY = "2407.21017", "2407.20743", "2501.00001", "2501.99999"
LOOK_UP, SAVE, FIND = "look_up_papers", "save_papers", "find_paper"


@pytest.fixture
async def known(harness: Harness) -> Harness:
    """A bot that knows the bundled morning, and one paper to fetch."""
    await harness.bot.services.library.read_day(DAY)
    harness.sources.paper(
        NEW, {"id": NEW, "title": "A Late Find", "authors": [{"name": "Zoe"}], "summary": "We find it. It is late."}
    )
    return harness


async def use(harness: Harness, shortcut: str, message: SlackMessage, person: Person | None = None) -> list[str]:
    """Use a shortcut on a message, and read everything that comes back to this person alone."""
    person = person or harness.ana
    before = len(harness.slack.ephemerals(person.id))
    answer = await harness.slack.shortcut(person.id, shortcut, message=message)
    assert answer.ok, answer
    await harness.quiet()
    private = harness.slack.ephemerals(person.id)[before:]
    assert not [problem for each in private for problem in message_problems(each.blocks)]
    return [read(each) for each in private]


async def many(harness: Harness) -> list[str]:
    """The IDs of a day with twenty papers, which the bot knows."""
    day = DAY - timedelta(days=1)
    papers = papers_of(day, votes=range(40, 20, -1))
    harness.sources.day(day, papers)
    await harness.bot.services.library.read_day(day)
    return [each["paper"]["id"] for each in papers]


async def said(harness: Harness, text: str, channel: Channel | None = None, **more: Any) -> SlackMessage:
    """A message in a channel Paperboy isn't in, so that nothing else answers it."""
    where = channel or harness.slack.add_channel(
        "elsewhere", members=[harness.ana.id, harness.jimin.id], with_bot=False
    )
    message = await harness.slack.say(harness.ana.id, where.id, text, **more)
    await harness.quiet()
    return message


class TestLookUp:
    async def test_one_paper_comes_as_its_card(self, known: Harness) -> None:
        (card,) = await use(known, LOOK_UP, await said(known, f"has anybody read {MATTING}?"))
        assert "Matting by Generation" in card
        assert "Share" in card

    async def test_one_that_nobody_knows_yet_is_fetched(self, known: Harness) -> None:
        looking, card = await use(known, LOOK_UP, await said(known, f"https://www.alphaxiv.org/abs/{NEW}"))
        assert NEW in looking
        assert "A Late Find" in card

    async def test_several_come_as_one_list_with_their_cards_and_the_form(self, known: Harness) -> None:
        message = await said(known, f"{MATTING}, <https://arxiv.org/abs/{NEW}|late>, {MELTEMI} and {NOBODY}")
        looking, listed = await use(known, LOOK_UP, message)
        assert NEW in looking
        assert listed.index("Matting by Generation") < listed.index("A Late Find") < listed.index("Meltemi")
        assert NOBODY in listed
        private = known.slack.ephemerals(known.ana.id)[-1]
        (card,) = await _choose(known, private, "show_card", NEW)
        assert "A Late Find" in card
        await known.slack.click(known.ana.id, private, "choose_papers")
        await known.quiet()
        (form,) = known.slack.modals(known.ana.id)
        assert (await known.slack.submit(form, {"papers_1": [MATTING, NEW]})).ok
        assert set(await known.reading_list(known.ana)) == {MATTING, NEW}

    async def test_of_many_ten_are_listed_in_one_answer(self, known: Harness) -> None:
        ids = (await many(known))[:14]
        (listed,) = await use(known, LOOK_UP, await said(known, " ".join(ids)))
        assert "4 more" in listed
        assert listed.count("▲") == 10

    async def test_the_project_page_of_a_known_paper_names_it(self, known: Harness) -> None:
        listing = await known.bot.services.store.listings.find(DAY)
        assert listing
        page = next(each.paper.project_url for each in listing.papers if each.paper.id == MATTING)
        (card,) = await use(known, LOOK_UP, await said(known, f"see <{page}|their page> and https://a.example/x"))
        assert "Matting by Generation" in card

    async def test_a_message_without_any_is_said_to_have_none(self, known: Harness) -> None:
        (sentence,) = await use(known, LOOK_UP, await said(known, "lunch?"))
        assert "no arXiv ID" in sentence
        (korean,) = await use(known, LOOK_UP, await said(known, "점심?"), known.jimin)
        assert "없습니다" in korean

    async def test_bots_digests_threads_and_direct_messages_work_alike(self, known: Harness) -> None:
        await known.post(top=10)
        (from_card,) = await use(known, LOOK_UP, known.cards[8])
        assert "Matting by Generation" in from_card
        (listed,) = await use(known, LOOK_UP, known.header)
        assert "papers in that message" in listed
        root = await said(known, "a question", known.papers)
        reply = await said(known, MELTEMI, known.papers, thread_ts=root.ts)
        (in_thread,) = await use(known, LOOK_UP, reply, known.jimin)
        assert "Meltemi" in in_thread
        assert known.slack.ephemerals(known.jimin.id)[-1].thread_ts == root.ts
        direct = known.slack.direct_messages(known.ana.id)
        written = await said(known, "hello", direct)
        assert len(await use(known, LOOK_UP, written)) == 1

    async def test_nobody_else_sees_any_of_it(self, known: Harness) -> None:
        message = await said(known, f"{MATTING} {MELTEMI}")
        await use(known, LOOK_UP, message)
        assert known.slack.messages(message.channel) == [message]
        assert known.slack.ephemerals(known.jimin.id) == []

    async def test_somebody_new_is_answered_in_their_language(self, known: Harness) -> None:
        message = await said(known, f"{MATTING} {MELTEMI}")
        (listed,) = await use(known, LOOK_UP, message, known.jimin)
        assert "논문 2편" in listed

    @pytest.mark.parametrize("text", ["<!channel> *" + "x" * 3900, "`" * 4000, f"{MATTING}‮{MATTING}"])
    async def test_hostile_words_are_no_markup(self, known: Harness, text: str) -> None:
        assert len(await use(known, LOOK_UP, await said(known, text))) == 1


async def _choose(harness: Harness, private: Any, action: str, choice: str) -> list[str]:
    before = len(harness.slack.ephemerals(harness.ana.id))
    assert (await harness.slack.choose(harness.ana.id, private, action, choice)).ok
    await harness.quiet()
    return [read(each) for each in harness.slack.ephemerals(harness.ana.id)[before:]]


class TestSave:
    async def test_every_paper_of_the_message_is_saved_and_named(self, known: Harness) -> None:
        message = await said(known, f"{MATTING} {MELTEMI}")
        (told,) = await use(known, SAVE, message)
        assert set(await known.reading_list(known.ana)) == {MATTING, MELTEMI}
        for part in ("Saved 2 papers", "Matting by Generation", "Meltemi", "2 papers."):
            assert part in told
        (again,) = await use(known, SAVE, message)
        assert "already" in again

    async def test_one_is_saved_like_a_click_on_its_card(self, known: Harness) -> None:
        (told,) = await use(known, SAVE, await said(known, MATTING))
        assert "Matting by Generation" in told
        assert await known.reading_list(known.ana) == [MATTING]

    async def test_what_nobody_knows_yet_is_saved_once_it_is_fetched(self, known: Harness) -> None:
        first, late, sorry = await use(known, SAVE, await said(known, f"{MATTING} {NEW} {NOBODY}"))
        assert "Matting by Generation" in first
        assert NEW in first
        assert "A Late Find" in late
        assert NOBODY in sorry
        assert set(await known.reading_list(known.ana)) == {MATTING, NEW}

    async def test_of_five_to_fetch_where_slack_takes_five_answers_the_last_comes_directly(
        self, known: Harness
    ) -> None:
        ids = [f"2501.0000{number}" for number in range(1, 6)]
        for each in ids[1:]:
            known.sources.paper(each, {"id": each, "title": f"Find {each}", "authors": [{"name": "Z"}], "summary": "x"})
        assert len(await use(known, SAVE, await said(known, " ".join(ids)))) == 5
        (direct,) = known.slack.messages(known.slack.direct_messages(known.ana.id).id)
        assert ids[-1] in read(direct)
        assert set(await known.reading_list(known.ana)) == {*ids}

    async def test_more_than_five_are_chosen_from_in_the_form(self, known: Harness) -> None:
        ids = (await many(known))[:12]
        assert await use(known, SAVE, await said(known, " ".join(ids))) == []
        (form,) = known.slack.modals(known.ana.id)
        assert not view_problems(form.content, "modal")
        assert (await known.slack.submit(form, {"papers_1": ids[:2], "papers_2": ids[11:]})).ok
        assert set(await known.reading_list(known.ana)) == {*ids[:2], ids[11]}

    async def test_and_from_a_list_where_some_are_yet_to_be_fetched(self, known: Harness) -> None:
        ids = (await many(known))[:5]
        _, listed = await use(known, SAVE, await said(known, " ".join([*ids, NEW])))
        assert "A Late Find" in listed
        assert await known.reading_list(known.ana) == []

    async def test_a_message_without_any_is_said_to_have_none(self, known: Harness) -> None:
        (sentence,) = await use(known, SAVE, await said(known, "lunch?"))
        assert "no arXiv ID" in sentence

    async def test_what_was_acknowledged_is_saved_though_the_process_ends(self, known: Harness) -> None:
        message = await said(known, f"{MATTING} {NEW}")
        known.sources.down()
        assert (await known.slack.shortcut(known.ana.id, SAVE, message=message)).ok
        store, now = known.bot.services.store, known.clock.now()
        assert await known.reading_list(known.ana) == [MATTING]
        left = await store.requests.take(known.team, owner="other", now=now + 2 * LEASE, until=now + 3 * LEASE)
        assert [(each.kind, each.value) for each in left] == [(RequestKind.SAVE, NEW)]


def shown(view: View) -> str:
    assert not view_problems(view.content, "modal")
    return as_text(Message("", view.blocks), width=200)


class TestFind:
    async def asked(self, harness: Harness, text: str, person: Person | None = None) -> View:
        """Find this, and the modal once it is there."""
        person = person or harness.ana
        answer = await self.sent_off(harness, text, person)
        assert answer.ok, answer
        return harness.slack.modals(person.id)[-1]

    async def sent_off(self, harness: Harness, text: str, person: Person) -> Answer:
        assert (await harness.slack.shortcut(person.id, FIND)).ok
        await harness.quiet()
        (form,) = harness.slack.modals(person.id)
        shown(form)
        answer = await harness.slack.submit(form, {"query": text})
        await harness.quiet()
        return answer

    async def test_the_card_of_a_known_paper_is_the_acknowledgement(self, known: Harness) -> None:
        await known.ask(known.ana, "help")
        assert (await known.slack.shortcut(known.ana.id, FIND)).ok
        await known.quiet()
        (form,) = known.slack.modals(known.ana.id)
        answer = await known.slack.submit(form, {"query": MATTING})
        assert answer.payload["response_action"] == "update"
        assert "Matting by Generation" in shown(known.slack.modals(known.ana.id)[-1])

    async def test_an_unknown_paper_takes_the_place_of_what_is_said_meanwhile(self, known: Harness) -> None:
        view = await self.asked(known, f"https://huggingface.co/papers/{NEW}")
        assert "A Late Find" in shown(view)
        assert len(known.slack.modals(known.ana.id)) == 1

    async def test_a_paper_that_cannot_be_had_is_one_sentence_in_the_modal(self, known: Harness) -> None:
        assert NOBODY in shown(await self.asked(known, NOBODY))

    @pytest.mark.parametrize("text", ["list", "help", "settings", "language ko", "save 2407.21017", "share 2407.21017"])
    async def test_whatever_paper_takes_is_answered(self, known: Harness, text: str) -> None:
        assert shown(await self.asked(known, text))
        assert known.slack.messages(known.papers.id) == []

    async def test_words_are_searched_for_and_what_is_found_opens_over_it(self, known: Harness) -> None:
        view = await self.asked(known, "matting")
        assert "Matting by Generation" in shown(view)
        assert (await known.slack.choose(known.ana.id, view, "show_card", MATTING)).ok
        await known.quiet()
        assert "Zhixiang Wang" in shown(known.slack.modals(known.ana.id)[-1])

    async def test_a_day_is_shown_with_its_papers(self, known: Harness) -> None:
        assert "Matting by Generation" in shown(await self.asked(known, "2024-07-31"))

    async def test_a_person_is_answered_in_their_language(self, known: Harness) -> None:
        view = await self.asked(known, "목록", known.jimin)
        assert "읽기 목록" in shown(view)

    @pytest.mark.parametrize("text", [" ", "<!channel> *x* `y`", "\u202e" * 20, "2407-21017", "x" * 300])
    async def test_anything_typed_is_answered(self, known: Harness, text: str) -> None:
        assert shown(await self.asked(known, text))

    async def test_buttons_of_a_card_there_are_answered_there(self, known: Harness) -> None:
        view = await self.asked(known, MATTING)
        assert (await known.slack.click(known.ana.id, view, "save_paper", value=MATTING)).ok
        await known.quiet()
        assert await known.reading_list(known.ana) == [MATTING]
        assert "Matting by Generation" in shown(known.slack.modals(known.ana.id)[-1])

    async def test_a_closed_modal_does_no_harm(self, known: Harness) -> None:
        await known.ask(known.ana, "help")
        assert (await known.slack.shortcut(known.ana.id, FIND)).ok
        await known.quiet()
        (form,) = known.slack.modals(known.ana.id)
        known.slack.faults.before_request(1, lambda: known.slack.close(known.slack.modals(known.ana.id)[-1]))
        assert (await known.slack.submit(form, {"query": NEW})).ok
        await known.quiet()
        assert known.slack.modals(known.ana.id) == []

    async def test_what_fails_stands_below_the_field(self, known: Harness) -> None:
        await known.ask(known.ana, "help")
        assert (await known.slack.shortcut(known.ana.id, FIND)).ok
        await known.quiet()
        (form,) = known.slack.modals(known.ana.id)
        await known.bot.services.store.close()
        answer = await known.slack.submit(form, {"query": MATTING})
        assert answer.payload["response_action"] == "errors"
        assert answer.payload["errors"]["query"]


class TestWhereSlackOpensNoModal:
    """A trigger lives for three seconds, and neither a shortcut nor a tab has a place of its own for an answer."""

    async def test_somebody_who_wanted_the_form_is_told_directly(self, known: Harness) -> None:
        known.slack.faults.error("views.open", error="expired_trigger_id")
        assert (await known.slack.shortcut(known.ana.id, FIND)).ok
        await known.quiet()
        (told,) = known.slack.messages(known.slack.direct_messages(known.ana.id).id)
        assert "Couldn't open the form" in read(told)

    async def test_what_was_to_stand_in_it_comes_directly(self, known: Harness) -> None:
        await known.slack.open_home(known.ana.id)
        await known.quiet()
        home = known.slack.home(known.ana.id)
        assert home
        known.slack.faults.error("views.open", error="expired_trigger_id")
        assert (await known.slack.click(known.ana.id, home, "home_card", value=MATTING)).ok
        await known.quiet()
        (card,) = known.slack.messages(known.slack.direct_messages(known.ana.id).id)
        assert read(card).startswith("Matting by Generation")

    async def test_what_takes_its_place_in_a_form_comes_directly(self, known: Harness) -> None:
        await known.slack.shortcut(known.ana.id, FIND)
        await known.quiet()
        known.slack.faults.error("views.update", error="internal_error", times=9)
        assert (await known.slack.submit(known.slack.modals(known.ana.id)[-1], {"query": NEW})).ok
        await known.quiet()
        (card,) = known.slack.messages(known.slack.direct_messages(known.ana.id).id)
        assert read(card).startswith("A Late Find")


async def test_they_work_over_http_too(tmp_path: Path) -> None:
    async with open_harness(tmp_path, over_http=True) as harness:
        await harness.bot.services.library.read_day(DAY)
        (card,) = await use(harness, LOOK_UP, await said(harness, MATTING))
        assert "Matting by Generation" in card
