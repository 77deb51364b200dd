"""A reading list arrives as a file in the direct messages, once; or its text, where Slack takes no file."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.exports.export import ExportFormat, export
from bot.rules.reading_list import ReadingState, SaveKind, SaveOrigin
from bot.rules.requests import Request, RequestKind
from bot.slack.manifest import OPTIONAL_SCOPES, SCOPES, build_manifest
from bot.use_cases.direct_answers import DirectPlace
from handlers.left_over import finish_left_over
from tests.entry_points import read_blocks
from tests.harness import open_harness, read
from tests.scopes import USUALLY_GRANTED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import SlackFile, SlackMessage
    from tests.harness import Harness

UPLOAD, COMPLETE = "upload_url", "files.completeUploadExternal"
ABOUT = "Your reading list as BibTeX: 2 papers."


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    """Ana has saved two papers."""
    async with open_harness(tmp_path) as opened:
        await save_two(opened)
        yield opened


async def save_two(harness: Harness) -> None:
    await harness.post(top=2)
    for card in harness.cards:
        await harness.react(harness.ana, card, "bookmark")


def alone(harness: Harness) -> list[SlackMessage]:
    return harness.slack.messages(harness.slack.direct_messages(harness.ana.id).id)


def files(harness: Harness) -> list[SlackFile]:
    """The files that stand in Ana's direct messages."""
    return [harness.slack.file(each["id"]) for message in alone(harness) for each in message.files]


def texts(harness: Harness) -> list[str]:
    """The first lines of what Paperboy wrote to Ana beside files."""
    return [read(each).strip().partition("\n")[0] for each in alone(harness) if not each.files]


def modal(harness: Harness) -> str:
    return "\n".join(read_blocks(each.blocks) for each in harness.slack.modals(harness.ana.id))


async def test_the_list_comes_as_a_file_below_a_message_that_says_what_it_is(harness: Harness) -> None:
    told = await harness.ask(harness.ana, "export")
    assert "Making the file" in told[0]
    assert "direct messages with Paperboy" in told[1]
    (file,) = files(harness)
    assert file.name == "papers.bib"
    assert file.content.decode().count("@misc{") == 2
    assert texts(harness) == [ABOUT]
    completed = next(call for call in harness.slack.calls if call.method == COMPLETE)
    assert completed.arguments["channel_id"] == harness.slack.direct_messages(harness.ana.id).id
    assert next(call for call in harness.slack.calls if call.method == UPLOAD).token is None


async def test_asked_for_again_while_it_is_made_it_comes_once_and_afterwards_again(harness: Harness) -> None:
    asked = [harness.slack.command(harness.ana.id, harness.papers.id, "/paper", "export") for _ in range(5)]
    assert all(answer.ok for answer in await asyncio.gather(*asked))
    await harness.quiet()
    assert len(files(harness)) == 1
    await harness.ask(harness.ana, "export")
    assert len(files(harness)) == 2


async def test_asked_in_the_direct_messages_it_comes_there_without_a_word_more(harness: Harness) -> None:
    await harness.slack.say(harness.ana.id, harness.slack.direct_messages(harness.ana.id).id, "export my list")
    await harness.quiet()
    assert len(files(harness)) == 1
    assert texts(harness)[1:] == ["The file is below.", ABOUT]


async def test_where_the_app_is_an_agent_it_comes_in_the_thread_of_the_question(tmp_path: Path) -> None:
    async with open_harness(tmp_path, manifest=build_manifest(agent=True)) as harness:
        await save_two(harness)
        channel = harness.slack.direct_messages(harness.ana.id).id
        asked = await harness.slack.say(harness.ana.id, channel, "export my list")
        harness.slack.faults.drop_after_accepting(COMPLETE)
        await harness.quiet()
        answers = harness.slack.thread(channel, asked.ts)[1:]
        assert [len(each.files) for each in answers] == [0, 0, 1]
        assert len(files(harness)) == 1
        assert texts(harness)[-1] == ABOUT


async def test_above_the_file_a_button_gives_it_in_another_format(harness: Harness) -> None:
    await harness.ask(harness.ana, "export")
    assert await harness.click(harness.ana, alone(harness)[0], "export_as_ris") == []
    assert [file.name for file in files(harness)] == ["papers.bib", "papers.ris"]
    assert texts(harness)[1] == "Your reading list as RIS: 2 papers."


async def test_a_part_of_the_list_is_exported_alone_in_whatever_format(harness: Harness) -> None:
    first, second = await harness.reading_list(harness.ana)
    store = harness.bot.services.store.reading_lists
    origin = SaveOrigin(SaveKind.CLICK)
    await store.set_state(
        harness.team, harness.ana.id, first, ReadingState.DONE, origin=origin, now=harness.clock.now()
    )
    await harness.ask(harness.ana, "export unread as json")
    assert second in files(harness)[0].content.decode()
    assert first not in files(harness)[0].content.decode()
    assert texts(harness)[0].startswith("Part of your reading list as JSON: 1 paper.")
    await harness.click(harness.ana, alone(harness)[0], "export_as_csv")
    assert first not in files(harness)[1].content.decode()
    assert "match" in (await harness.ask(harness.ana, "export archived"))[0]


async def test_a_reference_is_given_in_another_format_in_its_place(harness: Harness) -> None:
    (first, *_) = await harness.reading_list(harness.ana)
    assert "TY  - " in (await harness.ask(harness.ana, f"cite {first} as ris"))[0]
    assert "@misc{" in (await harness.ask(harness.ana, f"cite {first}"))[0]
    shown = harness.slack.ephemerals(harness.ana.id)
    await harness.click(harness.ana, shown[-1], "cite_as_csl")
    now = harness.slack.ephemerals(harness.ana.id)
    assert len(now) == len(shown)
    assert '"type": "article"' in read(now[-1])


async def test_the_home_tab_exports_what_it_shows_of_the_list(harness: Harness) -> None:
    await harness.slack.open_home(harness.ana.id)
    await harness.quiet()
    home = harness.slack.home(harness.ana.id)
    assert home is not None
    assert (await harness.slack.click(harness.ana.id, home, "export_list")).ok
    await harness.quiet()
    assert files(harness)[0].content.decode().count("@misc{") == 2
    assert "direct messages with Paperboy" in modal(harness)


async def test_in_korean(harness: Harness) -> None:
    await harness.react(harness.jimin, harness.cards[0], "bookmark")
    told = await harness.ask(harness.jimin, "내보내기")
    assert "다이렉트 메시지" in told[-1]
    above, file = harness.slack.messages(harness.slack.direct_messages(harness.jimin.id).id)
    assert "논문 1편" in read(above)
    assert file.files


async def test_an_empty_list_makes_no_file(harness: Harness) -> None:
    assert "비어" in (await harness.ask(harness.jimin, "export"))[0]
    assert harness.slack.files == []


async def test_without_the_scope_the_text_is_in_a_modal_and_says_how_to_get_files(tmp_path: Path) -> None:
    async with open_harness(tmp_path, granted=USUALLY_GRANTED - {"files:write"}) as harness:
        await save_two(harness)
        await harness.ask(harness.ana, "export")
        assert modal(harness).count("@misc{") == 2
        assert "files:write" in modal(harness)
        assert not any(call.method.startswith("files.") for call in harness.slack.calls)
        assert alone(harness) == []


async def test_what_slack_refuses_for_good_is_shown_as_text_and_the_next_time_may_work(harness: Harness) -> None:
    for method in ("files.getUploadURLExternal", COMPLETE):
        for error in ("file_uploads_disabled", "storage_limit_reached", "missing_scope"):
            harness.slack.faults.error(method, error=error)
            await harness.ask(harness.ana, "export")
            (view,) = harness.slack.modals(harness.ana.id)
            shown = read_blocks(view.blocks)
            assert (shown.count("@misc{"), error in shown, files(harness)) == (2, True, []), method
            assert "didn't take the file" in texts(harness)[-1]
            await harness.slack.close(view)
    await harness.ask(harness.ana, "export")
    assert len(files(harness)) == 1


async def test_a_trigger_that_is_used_up_leaves_the_text_in_a_message(harness: Harness) -> None:
    harness.slack.faults.error("files.getUploadURLExternal", error="file_uploads_disabled")
    harness.slack.faults.error("views.open", error="expired_trigger_id")
    told = await harness.ask(harness.ana, "export")
    assert told[-1].count("@misc{") == 2


async def test_what_passes_is_tried_again_and_nothing_is_seen_of_it(harness: Harness) -> None:
    tried = [(method, status) for method in ("files.getUploadURLExternal", UPLOAD) for status in (429, 500, 503, 400)]
    for number, (method, status) in enumerate(tried, start=1):
        harness.slack.faults.answer(method, status=status, times=2)
        await harness.ask(harness.ana, "export")
        assert len(files(harness)) == number, (method, status)
    assert set(texts(harness)) == {ABOUT}


async def test_an_upload_that_never_gets_through_ends_in_the_text(harness: Harness) -> None:
    harness.slack.faults.answer(UPLOAD, status=503, times=100)
    told = await harness.ask(harness.ana, "export")
    assert told[-1].count("@misc{") == 2
    assert "didn't take the file" in texts(harness)[0]


async def test_a_lost_answer_to_the_sharing_neither_doubles_nor_loses_the_file(harness: Harness) -> None:
    harness.slack.faults.drop_after_accepting(COMPLETE)
    await harness.ask(harness.ana, "export")
    assert (len(files(harness)), texts(harness)) == (1, [ABOUT])
    harness.slack.faults.drop_before_accepting(COMPLETE)
    await harness.ask(harness.ana, "export")
    assert (len(files(harness)), texts(harness)) == (2, [ABOUT, ABOUT])


async def test_where_nobody_may_look_a_lost_answer_is_admitted_and_nothing_sent_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path, granted=USUALLY_GRANTED - {"im:history"}) as harness:
        await save_two(harness)
        harness.slack.faults.drop_after_accepting(COMPLETE)
        await harness.ask(harness.ana, "export")
        assert len(files(harness)) == 1
        assert "didn't confirm" in texts(harness)[0]


async def test_an_address_that_is_not_slacks_is_not_asked(harness: Harness) -> None:
    asked: list[str] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.read(1000)).decode(errors="replace"))
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        address = {"ok": True, "file_id": "F1", "upload_url": f"http://127.0.0.1:{port}/upload"}
        harness.slack.faults.answer("files.getUploadURLExternal", status=200, body=address)
        await harness.ask(harness.ana, "export")
    assert asked == []
    assert modal(harness).count("@misc{") == 2


async def test_one_that_stands_there_is_looked_for_after_a_restart_and_not_sent_again(harness: Harness) -> None:
    await harness.ask(harness.ana, "export")
    above, below = alone(harness)
    begun = replace(requested(harness), progress=f"sharing:{below.files[0]['id']}")
    file = export(ExportFormat.BIBTEX, [])
    place = DirectPlace(above.channel, above.ts)
    asked = len(harness.slack.calls)
    assert await harness.bot.deps.sent_files(harness.team).send(begun, place, file)
    assert [call.method for call in harness.slack.calls[asked:]] == ["conversations.history"]


async def test_a_request_left_by_an_ended_process_is_done(harness: Harness) -> None:
    assert await harness.bot.deps.requests.keep(requested(harness))
    await harness.clock.sleep(60)
    await finish_left_over(harness.bot.deps, harness.team, harness.bot.workspace.client)
    await harness.quiet()
    assert (len(files(harness)), texts(harness)[0]) == (1, ABOUT)


def requested(harness: Harness) -> Request:
    """Ana's request for her list, as it is on disk."""
    channel, at = harness.papers.id, harness.clock.now()
    return Request(harness.team, channel, harness.ana.id, RequestKind.EXPORT, "cause", "bibtex", at)


def test_files_are_asked_for_and_may_be_left_out() -> None:
    assert "files:write" in OPTIONAL_SCOPES.keys() - SCOPES.keys()
