"""The Home tab: shown to whoever opens it, as things are at that moment, and nobody sees anything of others."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from bot.errors import StoreError
from bot.messages.as_text import as_text
from bot.messages.message import Message
from bot.rules.channels import Managers
from bot.rules.home import HomeState
from bot.rules.list_filter import ListFilter, ListOrder
from bot.slack.manifest import SCOPES, build_manifest
from handlers.home import refresh_home
from tests.harness import DAY, open_harness, papers_of
from tests.scopes import USUALLY_GRANTED

if TYPE_CHECKING:
    from pathlib import Path

    from bot.slack_emulator import Person, View
    from tests.harness import Harness


async def opened(harness: Harness, person: Person) -> View:
    """The Home tab of somebody who opens it."""
    await harness.slack.open_home(person.id)
    await harness.quiet()
    return home_of(harness, person)


def home_of(harness: Harness, person: Person) -> View:
    home = harness.slack.home(person.id)
    assert home is not None
    return home


def read(view: View) -> str:
    return as_text(Message("", tuple(view.blocks)), width=1000).replace("\N{NO-BREAK SPACE}", " ")


def called(harness: Harness, method: str) -> int:
    return sum(call.method == method for call in harness.slack.calls)


async def click(harness: Harness, person: Person, action: str, value: str | None = None) -> None:
    answer = await harness.slack.click(person.id, home_of(harness, person), action, value=value)
    assert answer.ok, answer
    await harness.quiet()


async def choose(harness: Harness, person: Person, action: str, choice: str) -> None:
    answer = await harness.slack.choose(person.id, home_of(harness, person), action, choice)
    assert answer.ok, answer
    await harness.quiet()


def paper(number: int) -> str:
    return f"{DAY:%y%m.%d}{number:03}"


async def list_of(harness: Harness, papers: int) -> None:
    """Somebody's list of so many papers, all of one day."""
    harness.sources.day(DAY, papers_of(DAY, range(papers + 50, 50, -1)))
    await harness.post(top=1)
    for number in range(1, papers + 1):
        await harness.ask(harness.ana, f"save {paper(number)}")


# What it shows ----------------------------------------------------------------------------------------------------


async def test_shows_the_latest_papers_what_was_saved_and_the_settings_of_channels(harness: Harness) -> None:
    await harness.serve(top=3)
    await harness.post(top=3)
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    text = read(await opened(harness, harness.ana))
    _, saved, latest, channels, settings, *_ = text.split("────\n\n")
    assert saved.startswith("Your reading list\n")
    assert "1 paper, only visible to you." in saved
    assert "Leon Voukoutis and 8 more · ▲ 50 · saved Aug 1, 2024 · #" + harness.papers.id in saved
    assert latest.startswith("Top papers · Wed, Jul 31\nAll papers on Hugging Face")
    assert "1. Meltemi: The first open Large Language Model for Greek" in latest
    assert "Until now, no open large language model existed for Greek.\n▲ 50" in latest
    assert latest.count("[ Save ]") == 9
    assert latest.count("[ Remove ]") == 1
    assert f"#{harness.papers.id}\nNext digest: Friday, August 2, 2024 at 09:10 (Asia/Seoul)." in channels
    assert "Papers per day: 3 · Time: 09:10 (Asia/Seoul) · Language: English" in channels
    assert settings.startswith("Your settings\nPaperboy replies to you in English, your Slack language.")


async def test_the_first_time_it_says_who_sees_what_is_saved(harness: Harness) -> None:
    await harness.post(top=3)
    said = "Everyone in the channel sees your 🔖 reaction. Nobody sees what you save with Save."
    assert said in read(await opened(harness, harness.ana)).partition("────")[0]
    korean = "🔖 반응은 채널의 모두에게 보입니다. ‘저장’ 버튼으로 저장한 논문은 나에게만 보입니다."
    assert korean in read(await opened(harness, harness.jimin)).partition("────")[0]


async def test_speaks_the_language_of_whoever_opens_it_from_the_first_time(harness: Harness) -> None:
    await harness.post(top=3)
    assert "주요 논문 · 7월 31일 (수)" in read(await opened(harness, harness.jimin))


async def test_the_first_time_it_teaches_with_words_that_work(harness: Harness) -> None:
    await harness.post(top=3)
    text = read(await opened(harness, harness.ana))
    assert "Welcome to Paperboy" in text
    assert "/paper 2407.20743" in text
    (card,) = await harness.ask(harness.ana, "2407.20743")
    assert "Meltemi" in card
    assert "Welcome to Paperboy" not in read(await opened(harness, harness.ana))


async def test_what_it_teaches_stays_until_it_is_opened_again(harness: Harness) -> None:
    await harness.post(top=3)
    await opened(harness, harness.ana)
    await click(harness, harness.ana, "home_save", "2407.20743")
    assert "Welcome to Paperboy" in read(home_of(harness, harness.ana))


async def test_papers_that_no_channel_has_had_are_looked_for_once(harness: Harness) -> None:
    assert "Top papers · Wed, Jul 31" in read(await opened(harness, harness.ana))
    await opened(harness, harness.ana)
    await opened(harness, harness.jimin)
    assert harness.sources.days_asked == [DAY.isoformat()]


async def test_without_any_papers_it_says_so_and_the_rest_is_there(harness: Harness) -> None:
    harness.sources.down()
    text = read(await opened(harness, harness.ana))
    assert "No papers to show. Hugging Face hasn't responded yet." in text
    assert "None of your channels has Paperboy yet." in text
    assert "/paper 2407.21017" in text


# Whose channels ---------------------------------------------------------------------------------------------------


async def test_private_channels_are_shown_to_their_members_alone(harness: Harness) -> None:
    private = harness.slack.add_channel("secret", private=True, members=[harness.jimin.id])
    await harness.serve(private)
    assert private.id not in str(await opened(harness, harness.ana))
    assert private.id in str(await opened(harness, harness.jimin))


async def test_a_channel_somebody_is_not_in_or_has_left_is_not_among_theirs(harness: Harness) -> None:
    elsewhere = harness.slack.add_channel("elsewhere", members=[harness.jimin.id])
    await harness.serve(elsewhere)
    assert elsewhere.id not in str(await opened(harness, harness.ana))
    assert elsewhere.id in str(await opened(harness, harness.jimin))
    await harness.slack.leave(harness.jimin.id, elsewhere.id)
    assert elsewhere.id not in str(await opened(harness, harness.jimin))


async def test_the_button_to_change_settings_is_there_for_those_who_may(harness: Harness) -> None:
    guest = harness.slack.add_person("Gus", locale="en-US", role="guest")
    await harness.slack.invite(guest.id, harness.papers.id)
    await harness.serve(managers=Managers.MEMBERS)
    assert "[ Change settings ]" in read(await opened(harness, harness.ana))
    assert "[ Change settings ]" not in read(await opened(harness, guest))
    await harness.change(managers=Managers.MANAGERS)
    assert "[ Change settings ]" not in read(await opened(harness, harness.ana))


async def test_where_slack_does_not_say_which_channels_are_theirs_none_is_shown(harness: Harness) -> None:
    await harness.serve()
    for status in (429, 503):
        harness.slack.faults.answer("users.conversations", status=status, times=2)
        text = read(await opened(harness, harness.ana))
        assert "Slack isn't saying which channels you're in." in text
        assert harness.papers.id not in text
        harness.slack.faults.clear()
    assert harness.papers.id in read(await opened(harness, harness.ana))


# How often --------------------------------------------------------------------------------------------------------


async def test_opened_ten_times_in_a_second_it_is_published_once(harness: Harness) -> None:
    await harness.post(top=3)
    harness.slack.faults.hold()
    for _ in range(10):
        await harness.slack.open_home(harness.ana.id)
    harness.slack.faults.release()
    await harness.quiet()
    assert called(harness, "views.publish") == 1


async def test_opened_again_it_is_published_only_when_something_changed(harness: Harness) -> None:
    await harness.post(top=3)
    await opened(harness, harness.ana)
    await opened(harness, harness.ana)
    assert called(harness, "views.publish") == 2  # the second one no longer teaches
    await opened(harness, harness.ana)
    assert called(harness, "views.publish") == 2
    await harness.ask(harness.ana, "save 2407.20743")
    assert "1 paper, only visible to you." in read(await opened(harness, harness.ana))
    assert called(harness, "views.publish") == 3


async def test_a_reaction_is_shown_to_whoever_may_be_looking(harness: Harness) -> None:
    await harness.post(top=3)
    await opened(harness, harness.ana)
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    await harness.react(harness.jimin, harness.cards[0], "bookmark")
    assert "1 paper, only visible to you." in read(home_of(harness, harness.ana))
    assert harness.slack.home(harness.jimin.id) is None


async def test_a_save_in_a_channel_is_shown_only_to_whoever_may_be_looking(harness: Harness) -> None:
    """Many people may save papers at the minute a digest comes, and most of them have not opened the tab lately."""
    await harness.post(top=2)
    await opened(harness, harness.ana)
    await harness.click(harness.ana, harness.cards[0], "save_paper")
    assert "1 paper, only visible to you." in read(home_of(harness, harness.ana))
    await harness.clock.sleep(3601)
    await harness.click(harness.ana, harness.cards[1], "save_paper")
    assert "1 paper, only visible to you." in read(home_of(harness, harness.ana))
    assert "2 papers, only visible to you." in read(await opened(harness, harness.ana))


async def test_brought_up_to_date_it_stays_at_the_page_that_was_looked_at(harness: Harness) -> None:
    await list_of(harness, 21)
    await opened(harness, harness.ana)
    await click(harness, harness.ana, "home_older")
    await harness.ask(harness.ana, f"remove {paper(21)}")
    refresh_home(harness.bot.deps, harness.team, harness.ana.id)
    await harness.quiet()
    assert "Page 2 of 2" in read(home_of(harness, harness.ana))


async def test_the_messages_tab_publishes_nothing(harness: Harness) -> None:
    await harness.slack.open_home(harness.ana.id, tab="messages")
    await harness.quiet()
    assert called(harness, "views.publish") == 0
    assert harness.slack.home(harness.ana.id) is None


async def test_an_event_brought_again_shows_what_is_so_now(harness: Harness) -> None:
    await harness.post(top=3)
    harness.slack.faults.duplicate_next()
    await opened(harness, harness.ana)
    assert called(harness, "views.publish") == 1


async def test_an_app_without_a_home_tab_harms_nobody(tmp_path: Path) -> None:
    manifest = build_manifest()
    manifest["features"]["app_home"]["home_tab_enabled"] = False
    async with open_harness(tmp_path, manifest=manifest) as harness:
        with structlog.testing.capture_logs() as logs:
            event = {"type": "app_home_opened", "user": harness.ana.id, "channel": "D1", "tab": "home"}
            await harness.slack.send_event(event)
            await harness.quiet()
        assert any("the app has no Home tab" in entry["event"] for entry in logs)
        assert harness.slack.deliveries[-1].attempts[-1].acked


# What is done in it -----------------------------------------------------------------------------------------------


async def test_saving_and_removing_change_the_list_and_the_tab_in_place(harness: Harness) -> None:
    await harness.post(top=3)
    await opened(harness, harness.ana)
    await click(harness, harness.ana, "home_save", "2407.20729")
    assert await harness.reading_list(harness.ana) == ["2407.20729"]
    text = read(home_of(harness, harness.ana))
    assert "1 paper, only visible to you." in text
    assert text.count("[ Remove ]") == 1  # among the papers of the day; on the list it is in a menu
    await click(harness, harness.ana, "home_remove", "2407.20729")
    assert await harness.reading_list(harness.ana) == []
    text = read(home_of(harness, harness.ana))
    assert "Your reading list is empty." in text
    assert "Removed “Adapting Safe-for-Work Classifier for Malaysian" in text
    await click(harness, harness.ana, "home_undo")
    assert await harness.reading_list(harness.ana) == ["2407.20729"]
    assert "[ Undo ]" not in read(home_of(harness, harness.ana))
    await click(harness, harness.ana, "home_remove", "2407.20729")
    harness.clock.advance_to(harness.clock.now() + timedelta(days=1, minutes=1))
    await click(harness, harness.ana, "home_undo")
    assert await harness.reading_list(harness.ana) == []
    assert "[ Undo ]" not in read(home_of(harness, harness.ana))
    assert "Nothing to undo." in read(harness.slack.modals(harness.ana.id)[-1])


async def test_a_list_is_paged_through_and_opened_again_begins_with_its_first_page(harness: Harness) -> None:
    await list_of(harness, 21)
    await opened(harness, harness.ana)
    assert "21 papers, only visible to you." in read(home_of(harness, harness.ana))
    assert "Page 1 of 3" in read(home_of(harness, harness.ana))
    await click(harness, harness.ana, "home_older")
    await click(harness, harness.ana, "home_older")
    text = read(home_of(harness, harness.ana))
    assert "Page 3 of 3" in text
    assert f"Paper 21 of {DAY}" in text.partition("Top papers")[0]
    await choose(harness, harness.ana, "home_entry", f"remove {paper(21)}")
    assert "Page 2 of 2" in read(home_of(harness, harness.ana))
    await click(harness, harness.ana, "home_newer")
    assert "Page 1 of 2" in read(home_of(harness, harness.ana))
    assert "Page 1 of 2" in read(await opened(harness, harness.ana))


# The list in it ---------------------------------------------------------------------------------------------------


def menus(view: View, action: str) -> list[dict[str, Any]]:
    """The menus of this name."""
    return [each for block in view.blocks for each in block.get("elements", ()) if each.get("action_id") == action]


def listed(harness: Harness, person: Person) -> list[str]:
    """The ids of the papers on the list's page, in order."""
    home = home_of(harness, person)
    menus = [
        each for block in home.blocks for each in block.get("elements", ()) if each.get("action_id") == "home_entry"
    ]
    return [menu["options"][0]["value"].removeprefix("pdf ") for menu in menus]


def state_of(harness: Harness, person: Person, paper_id: str) -> str:
    home = home_of(harness, person)
    menus = [
        each for block in home.blocks for each in block.get("elements", ()) if each.get("action_id") == "home_state"
    ]
    (chosen,) = (menu["initial_option"] for menu in menus if menu["options"][0]["value"].endswith(paper_id))
    return str(chosen["text"]["text"])


async def fill_in(harness: Harness, person: Person, paper_id: str, **values: str) -> None:
    """Fill in the form of a paper on the list in somebody's Home tab."""
    await choose(harness, person, "home_entry", f"note {paper_id}")
    (form,) = harness.slack.modals(person.id)
    assert (await harness.slack.submit(form, values)).ok
    await harness.quiet()


async def test_a_paper_is_marked_and_the_list_filtered_by_that(harness: Harness) -> None:
    await list_of(harness, 3)
    await opened(harness, harness.ana)
    await choose(harness, harness.ana, "home_state", f"done {paper(2)}")
    assert state_of(harness, harness.ana, paper(2)) == "Read"
    await choose(harness, harness.ana, "home_state", f"archived {paper(3)}")
    assert listed(harness, harness.ana) == [paper(1), paper(2)]
    await choose(harness, harness.ana, "home_state_filter", "done")
    assert listed(harness, harness.ana) == [paper(2)]
    assert "Found 1 paper on your reading list." in read(home_of(harness, harness.ana))
    await opened(harness, harness.ana)
    assert listed(harness, harness.ana) == [paper(2)]
    await choose(harness, harness.ana, "home_state_filter", "Archived (1)")
    assert listed(harness, harness.ana) == [paper(3)]
    await choose(harness, harness.ana, "home_state", f"to_read {paper(3)}")
    assert listed(harness, harness.ana) == []
    await click(harness, harness.ana, "home_show_all")
    assert listed(harness, harness.ana) == [paper(1), paper(2), paper(3)]


async def test_a_note_and_tags_are_written_in_a_form_and_the_list_filtered_by_them(harness: Harness) -> None:
    await list_of(harness, 3)
    await opened(harness, harness.ana)
    await fill_in(
        harness, harness.ana, paper(1), note="For the\nrelated work", tags="to cite, #diffusion", state="reading"
    )
    await fill_in(harness, harness.ana, paper(3), tags="diffusion")
    assert "to cite diffusion\nFor the related work" in read(home_of(harness, harness.ana))
    assert state_of(harness, harness.ana, paper(1)) == "Reading"
    await choose(harness, harness.ana, "home_tag_filter", "diffusion (2)")
    assert listed(harness, harness.ana) == [paper(1), paper(3)]
    await choose(harness, harness.ana, "home_entry", f"note {paper(1)}")
    (form,) = harness.slack.modals(harness.ana.id)
    filled_in = [block["element"].get("initial_value") for block in form.blocks if block["type"] == "input"]
    assert filled_in == [None, "For the\nrelated work", "to cite, diffusion"]


async def test_a_form_that_cannot_be_saved_says_why_and_stays(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await list_of(harness, 1)
    await opened(harness, harness.ana)
    await choose(harness, harness.ana, "home_entry", f"note {paper(1)}")
    (form,) = harness.slack.modals(harness.ana.id)
    answer = await harness.slack.submit(form, {"note": "x" * 2001, "tags": "y" * 51})
    assert answer.payload["errors"] == {
        "note": "Shorten the note to 2,000 characters.",
        "tags": "Shorten each tag to 50 characters, and put commas between tags.",
    }

    async def fails(*_: object, **__: object) -> bool:
        raise StoreError(path="paperboy.db")

    monkeypatch.setattr(type(harness.bot.services.store.reading_lists), "set_note", fails)
    answer = await harness.slack.submit(form, {"note": "Kept"})
    assert "Paperboy can't read or save anything right now" in str(answer.payload["errors"])
    assert harness.slack.modals(harness.ana.id) == [form]


async def test_a_form_of_a_paper_that_is_not_saved_saves_it(harness: Harness) -> None:
    await list_of(harness, 2)
    await opened(harness, harness.ana)
    await choose(harness, harness.ana, "home_entry", f"note {paper(1)}")
    await harness.ask(harness.ana, f"remove {paper(1)}")
    (form,) = harness.slack.modals(harness.ana.id)
    assert (await harness.slack.submit(form, {"note": "Again"})).ok
    await harness.quiet()
    assert listed(harness, harness.ana) == [paper(1), paper(2)]


async def test_the_list_is_searched_with_a_form(harness: Harness) -> None:
    await list_of(harness, 12)
    await opened(harness, harness.ana)
    await click(harness, harness.ana, "home_search")
    (form,) = harness.slack.modals(harness.ana.id)
    answer = await harness.slack.submit(form, {"words": " \u202e!? "})
    assert answer.payload["errors"] == {"words": "Enter letters or digits to search for."}
    assert (await harness.slack.submit(form, {"words": "paper 12"})).ok
    await harness.quiet()
    assert listed(harness, harness.ana) == [paper(12)]
    assert "Found 1 paper with “paper 12” on your reading list." in read(home_of(harness, harness.ana))
    await click(harness, harness.ana, "home_search")
    (form,) = harness.slack.modals(harness.ana.id)
    assert form.blocks[0]["element"]["initial_value"] == "paper 12"
    assert (await harness.slack.submit(form, {"words": ""})).ok
    await harness.quiet()
    assert len(listed(harness, harness.ana)) == 10


async def test_another_process_knows_over_which_tab_a_form_was_opened(harness: Harness) -> None:
    await list_of(harness, 2)
    await opened(harness, harness.ana)
    await choose(harness, harness.ana, "home_order", "votes")
    await click(harness, harness.ana, "home_search")
    harness.bot.workspace.home_tabs._published.clear()
    (form,) = harness.slack.modals(harness.ana.id)
    assert (await harness.slack.submit(form, {"words": "2"})).ok
    await harness.quiet()
    home = HomeState.parse(home_of(harness, harness.ana).content["private_metadata"])
    assert home.filter == ListFilter(words="2", order=ListOrder.VOTES)


async def test_a_list_is_ordered_by_upvotes(harness: Harness) -> None:
    harness.sources.day(DAY, papers_of(DAY, (10, 30, 20)))
    await harness.post(top=1)
    for number in (1, 2, 3):
        await harness.ask(harness.ana, f"save {paper(number)}")
        await harness.clock.sleep(1)
    await opened(harness, harness.ana)
    assert listed(harness, harness.ana) == [paper(3), paper(2), paper(1)]
    await choose(harness, harness.ana, "home_order", "votes")
    assert listed(harness, harness.ana) == [paper(2), paper(3), paper(1)]


async def test_a_paper_is_cited_and_its_pdf_opened(harness: Harness) -> None:
    await list_of(harness, 1)
    await opened(harness, harness.ana)
    await choose(harness, harness.ana, "home_entry", f"cite {paper(1)}")
    (told,) = harness.slack.modals(harness.ana.id)
    assert f"= {{{paper(1)}}}" in read(told)
    await choose(harness, harness.ana, "home_entry", f"pdf {paper(1)}")
    assert len(harness.slack.modals(harness.ana.id)) == 1


async def test_what_is_filtered_is_exported(harness: Harness) -> None:
    await list_of(harness, 3)
    await opened(harness, harness.ana)
    await choose(harness, harness.ana, "home_state", f"done {paper(2)}")
    await choose(harness, harness.ana, "home_state_filter", "done")
    await click(harness, harness.ana, "export_list")
    (file,) = harness.slack.files
    assert [number for number in (1, 2, 3) if paper(number) in file.content.decode()] == [2]


async def test_its_settings_lead_to_all_of_them_and_for_admins_to_the_emoji_of_the_workspace(harness: Harness) -> None:
    admin = harness.slack.add_person("Ada", locale="en-US", role="admin")
    await harness.slack.invite(admin.id, harness.papers.id)
    await harness.serve()
    for person, actions in ((harness.ana, ["my_settings_open"]), (admin, ["my_settings_open", "emoji_settings_open"])):
        home = await opened(harness, person)
        shown = [
            each["action_id"] for block in home.blocks for each in block.get("elements", ()) if "action_id" in each
        ]
        assert [action for action in shown if action.endswith("settings_open")] == actions
        for action in actions:
            await click(harness, person, action)
            (form,) = harness.slack.modals(person.id)
            assert form.callback_id == action.removesuffix("_open")
            await harness.slack.close(form, everything=True)


async def test_papers_are_imported_from_it(harness: Harness) -> None:
    await opened(harness, harness.ana)
    await click(harness, harness.ana, "open_import")
    (form,) = harness.slack.modals(harness.ana.id)
    assert form.callback_id == "import_papers"


async def test_news_of_a_saved_paper_stands_with_it(harness: Harness) -> None:
    await list_of(harness, 2)
    store = harness.bot.services.store
    saved = await store.papers.find(paper(1))
    assert saved is not None
    for version in (1, 2):
        await harness.clock.sleep(60)
        told = replace(saved, arxiv_version=version)
        await store.papers.remember(told, source="arxiv", now=harness.clock.now())
    text = read(await opened(harness, harness.ana))
    assert text.count("new version v2") == 1


async def test_a_removal_that_is_clicked_twice_can_be_undone_whichever_tab_is_clicked(harness: Harness) -> None:
    await list_of(harness, 2)
    stale = await opened(harness, harness.ana)
    choice = f"remove {paper(1)}"
    harness.slack.faults.hold()
    clicks = [asyncio.create_task(harness.slack.choose(harness.ana.id, stale, "home_entry", choice)) for _ in range(2)]
    await asyncio.sleep(0)
    harness.slack.faults.release()
    assert all(answer.ok for answer in await asyncio.gather(*clicks))
    await harness.quiet()
    assert listed(harness, harness.ana) == [paper(2)]
    for _ in range(2):
        with_undo = home_of(harness, harness.ana)
        if "[ Undo ]" in read(with_undo):
            assert (await harness.slack.click(harness.ana.id, with_undo, "home_undo")).ok
            await harness.quiet()
    assert listed(harness, harness.ana) == [paper(1), paper(2)]
    assert "[ Undo ]" not in read(home_of(harness, harness.ana))


async def test_what_is_done_next_takes_the_undo_away(harness: Harness) -> None:
    await list_of(harness, 3)
    await opened(harness, harness.ana)
    await choose(harness, harness.ana, "home_entry", f"remove {paper(1)}")
    assert "[ Undo ]" in read(home_of(harness, harness.ana))
    await choose(harness, harness.ana, "home_state", f"done {paper(2)}")
    assert "[ Undo ]" not in read(home_of(harness, harness.ana))


async def test_a_card_is_shown_in_a_modal_whose_buttons_and_menu_work(harness: Harness) -> None:
    await harness.post(top=3)
    await opened(harness, harness.ana)
    await click(harness, harness.ana, "home_card", "2407.20729")
    (card,) = harness.slack.modals(harness.ana.id)
    assert "Adapting Safe-for-Work Classifier" in read(card)
    assert "[ Share ]" not in read(card)
    assert (await harness.slack.click(harness.ana.id, card, "save_paper")).ok
    await harness.quiet()
    assert "Saved" in read(harness.slack.modals(harness.ana.id)[-1])
    assert await harness.reading_list(harness.ana) == ["2407.20729"]
    assert "1 paper, only visible to you." in read(home_of(harness, harness.ana))
    await harness.slack.close(harness.slack.modals(harness.ana.id)[-1])
    assert (await harness.slack.choose(harness.ana.id, card, "paper_menu", "details:2407.20729")).ok
    await harness.quiet()
    below, details = harness.slack.modals(harness.ana.id)
    assert below.id == card.id
    assert "Abstract" in read(details)


async def test_the_card_of_a_saved_paper_offers_what_its_row_does(harness: Harness) -> None:
    await harness.post(top=3)
    await opened(harness, harness.ana)
    await click(harness, harness.ana, "home_save", "2407.20729")
    await click(harness, harness.ana, "home_card", "2407.20729")
    (card,) = harness.slack.modals(harness.ana.id)
    assert "[ Save ]" not in read(card)
    assert (await harness.slack.click(harness.ana.id, card, "remove_paper")).ok
    await harness.quiet()
    assert "Removed" in read(harness.slack.modals(harness.ana.id)[-1])
    assert await harness.reading_list(harness.ana) == []
    await harness.slack.close(harness.slack.modals(harness.ana.id)[-1])
    await harness.slack.close(card)
    await click(harness, harness.ana, "home_card", "2407.20729")
    assert "[ Save ]" in read(harness.slack.modals(harness.ana.id)[-1])


async def test_a_modal_speaks_the_language_of_whoever_clicked(harness: Harness) -> None:
    await harness.post(top=3)
    for person, close in ((harness.ana, "Close"), (harness.jimin, "닫기")):
        await opened(harness, person)
        await click(harness, person, "home_card", "2407.20729")
        assert harness.slack.modals(person.id)[-1].content["close"]["text"] == close


@pytest.mark.parametrize(
    "action",
    [
        "home_card",
        "home_save",
        "home_remove",
        "home_undo",
        "home_older",
        "home_search",
        "home_show_all",
        "channel_set_up",
    ],
)
async def test_whatever_a_button_says_is_answered_in_one_sentence_or_harms_nobody(
    harness: Harness, action: str
) -> None:
    """A tab of another release, or one that somebody made up: its values are anything."""
    await harness.serve()
    await opened(harness, harness.ana)
    for value in ("", "no-id", "2407.99999", "x" * 2000, "1e99", "\u202e<!channel>", "-1"):
        button = {"type": "button", "action_id": action, "value": value, "text": {"type": "plain_text", "text": "Do"}}
        view = {"type": "home", "blocks": [{"type": "actions", "elements": [button]}], "private_metadata": value}
        await harness.bot.workspace.client.views_publish(user_id=harness.ana.id, view=view)
        assert (await harness.slack.click(harness.ana.id, home_of(harness, harness.ana), action)).ok
        await harness.quiet()
        assert all(attempt.acked for delivery in harness.slack.deliveries for attempt in delivery.attempts)
        told = harness.slack.modals(harness.ana.id)
        assert told or "Your reading list" in read(home_of(harness, harness.ana)), value
        assert "Something went wrong" not in str(told), value
        for modal in told:
            await harness.slack.close(modal, everything=True)


@pytest.mark.parametrize(
    "action", ["home_state", "home_state_filter", "home_tag_filter", "home_order", "home_entry", "home_language"]
)
async def test_whatever_a_menu_says_is_answered_in_one_sentence_or_harms_nobody(harness: Harness, action: str) -> None:
    await opened(harness, harness.ana)
    kind = "overflow" if action == "home_entry" else "static_select"
    for value in (
        "-",
        "done",
        "done 2407.99999",
        "cite no-id",
        "note 2407.99999",
        "remove",
        "x" * 75,
        "\u202e<!channel>",
    ):
        option = {"text": {"type": "plain_text", "text": "Do"}, "value": value}
        menu = {"type": kind, "action_id": action, "options": [option]}
        view = {"type": "home", "blocks": [{"type": "actions", "elements": [menu]}], "private_metadata": value}
        await harness.bot.workspace.client.views_publish(user_id=harness.ana.id, view=view)
        await choose(harness, harness.ana, action, value)
        assert all(attempt.acked for delivery in harness.slack.deliveries for attempt in delivery.attempts)
        told = harness.slack.modals(harness.ana.id)
        assert told or "Your reading list" in read(home_of(harness, harness.ana)) or action == "home_entry", value
        assert "Something went wrong" not in str(told), value
        for modal in told:
            await harness.slack.close(modal, everything=True)


async def test_a_language_that_nobody_offered_changes_nothing(harness: Harness) -> None:
    await opened(harness, harness.ana)
    option = {"text": {"type": "plain_text", "text": "Language"}, "value": "klingon"}
    menu = {"type": "static_select", "action_id": "home_language", "options": [option]}
    view = {"type": "home", "blocks": [{"type": "actions", "elements": [menu]}]}
    await harness.bot.workspace.client.views_publish(user_id=harness.ana.id, view=view)
    await choose(harness, harness.ana, "home_language", "Language")
    (told,) = harness.slack.modals(harness.ana.id)
    assert "Something went wrong" not in read(told)
    person = await harness.bot.services.store.people.find(harness.team, harness.ana.id)
    assert person is not None
    assert person.language is None


@pytest.mark.parametrize("missing", sorted(SCOPES))
async def test_with_any_scope_missing_it_is_shown_and_tells_which(tmp_path: Path, missing: str) -> None:
    async with open_harness(tmp_path, granted=USUALLY_GRANTED - {missing}) as harness:
        await harness.serve()
        text = read(await opened(harness, harness.ana))
        assert f"missing scope {missing}" in text
        private = harness.slack.add_channel("secret", private=True, members=[harness.jimin.id])
        await harness.serve(private)
        assert private.id not in read(await opened(harness, harness.ana))


async def test_a_card_whose_picture_slack_cannot_fetch_is_shown_without_it(harness: Harness) -> None:
    await harness.post(top=3)
    await opened(harness, harness.ana)
    await click(harness, harness.ana, "home_card", "2407.20729")
    assert "image_url" in str(harness.slack.modals(harness.ana.id)[-1].blocks)
    harness.slack.faults.refuse_images(times=10)
    await click(harness, harness.ana, "home_card", "2407.20729")
    (card,) = harness.slack.modals(harness.ana.id)
    assert "Adapting Safe-for-Work Classifier" in read(card)
    assert "image_url" not in str(card.blocks)


async def test_more_modals_than_slack_takes_over_each_other_take_each_others_place(harness: Harness) -> None:
    await harness.post(top=3)
    await opened(harness, harness.ana)
    await click(harness, harness.ana, "home_card", "2407.20729")
    for code in ("ko", "en", "ko"):
        top = harness.slack.modals(harness.ana.id)[-1]
        assert (await harness.slack.choose(harness.ana.id, top, "paper_menu", f"language:{code}:2407.20729")).ok
        await harness.quiet()
    assert len(harness.slack.modals(harness.ana.id)) == 3
    assert "새로운 점" in read(harness.slack.modals(harness.ana.id)[-1])


async def test_settings_changed_from_it_are_what_it_shows(harness: Harness) -> None:
    await harness.serve(top=3)
    await opened(harness, harness.ana)
    await click(harness, harness.ana, "channel_set_up", harness.papers.id)
    (form,) = harness.slack.modals(harness.ana.id)
    assert (await harness.slack.submit(form, {"post_at": "11:30"})).ok
    await harness.quiet()
    assert "Time: 11:30 (Asia/Seoul)" in read(home_of(harness, harness.ana))


async def test_a_language_chosen_in_it_is_that_of_everything_from_then_on(harness: Harness) -> None:
    await harness.post(top=3)
    await opened(harness, harness.ana)
    await choose(harness, harness.ana, "home_language", "ko")
    assert "내 읽기 목록" in read(home_of(harness, harness.ana))
    assert "읽기 목록이 비어 있습니다" in (await harness.ask(harness.ana, "list"))[0]
    await choose(harness, harness.ana, "home_language", "auto")
    assert "Your reading list" in read(home_of(harness, harness.ana))


async def test_a_click_that_fails_is_answered_in_a_modal(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    await harness.post(top=3)
    await opened(harness, harness.ana)

    async def fails(*_: object, **__: object) -> bool:
        raise StoreError(path="paperboy.db")

    monkeypatch.setattr(type(harness.bot.services.store.reading_lists), "save", fails)
    assert (
        await harness.slack.click(harness.ana.id, home_of(harness, harness.ana), "home_save", value="2407.20729")
    ).ok
    await harness.quiet()
    (told,) = harness.slack.modals(harness.ana.id)
    assert "Paperboy can't read or save anything right now" in read(told)


async def test_a_click_on_a_tab_of_some_time_ago_works(harness: Harness) -> None:
    """Its hash is that of a view which is no longer there: what is published names the one that is."""
    await harness.post(top=3)
    await opened(harness, harness.ana)
    before = home_of(harness, harness.ana)
    await click(harness, harness.ana, "home_save", "2407.20729")
    payload = harness.slack.deliveries[-1].payload
    assert payload["view"]["hash"] == before.hash
    await click(harness, harness.ana, "home_save", "2407.20743")
    assert "2 papers, only visible to you." in read(home_of(harness, harness.ana))
