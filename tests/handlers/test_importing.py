"""Papers are imported from what people paste or send, once, and each import is told of in one message."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.imports.read import LARGEST_IMPORT
from bot.messages.imports import IMPORT_FORM, IMPORTED_TEXT, OPEN_IMPORT, UNDO_IMPORT
from bot.rules.requests import LEASE, Request, RequestKind
from handlers.importing import ToImport
from handlers.left_over import finish_left_over
from tests.entry_points import read_blocks
from tests.handlers.test_personal_data import places
from tests.harness import open_harness, read
from tests.scopes import USUALLY_GRANTED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from bot.slack_emulator import SlackMessage, View
    from tests.harness import Harness

MATTING, MELTEMI, LATE = "2407.21017", "2407.20743", "2501.00001"
FETCH = "url_private"


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_harness(tmp_path) as opened:
        await opened.post(top=10)
        yield opened


def alone(harness: Harness) -> str:
    return harness.slack.direct_messages(harness.ana.id).id


def told(harness: Harness) -> list[SlackMessage]:
    """What Paperboy wrote to Ana."""
    return [each for each in harness.slack.messages(alone(harness)) if each.bot_id]


async def send(harness: Harness, name: str, content: str | bytes, **more: Any) -> str:
    """Send a file to Paperboy; the last thing it says."""
    raw = content.encode() if isinstance(content, str) else content
    await harness.slack.send_file(harness.ana.id, alone(harness), name, raw, **more)
    await harness.quiet()
    return read(told(harness)[-1])


async def form(harness: Harness) -> View:
    """The form that `/paper import` opens."""
    await harness.ask(harness.ana, "import")
    (view,) = harness.slack.modals(harness.ana.id)
    assert view.callback_id == IMPORT_FORM
    return view


def at_arxiv(harness: Harness, ids: Sequence[str]) -> None:
    """These papers are known to arXiv, and to nobody else."""
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{each}v1</id><title>Paper {each}</title><summary>It works.</summary>"
        f"<author><name>Ana Ruiz</name></author></entry>"
        for each in ids
    )
    harness.sources.arxiv(f'<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id>{entries}</feed>')


async def test_what_is_pasted_into_the_form_is_saved_and_told_of_directly(harness: Harness) -> None:
    view = await form(harness)
    text = f"https://arxiv.org/abs/{MATTING}v2\n10.48550/arXiv.{MELTEMI} and arXiv:{MATTING}"
    answer = await harness.slack.submit(view, {IMPORTED_TEXT: text})
    assert answer.payload["response_action"] == "update"
    await harness.quiet()
    (message,) = told(harness)
    assert "2 papers saved" in read(message)
    assert sorted(await harness.reading_list(harness.ana)) == sorted([MATTING, MELTEMI])


async def test_a_text_without_papers_stays_in_the_form(harness: Harness) -> None:
    answer = await harness.slack.submit(await form(harness), {IMPORTED_TEXT: "nothing of use"})
    assert answer.payload["response_action"] == "errors"
    assert "no arXiv paper" in answer.payload["errors"][IMPORTED_TEXT]
    assert told(harness) == []


async def test_written_as_a_message_it_offers_a_button_for_the_form(harness: Harness) -> None:
    await harness.slack.say(harness.ana.id, alone(harness), "import")
    await harness.quiet()
    (offer,) = told(harness)
    assert ".bib" in read(offer)
    await harness.click(harness.ana, offer, OPEN_IMPORT)
    assert harness.slack.modals(harness.ana.id)[-1].callback_id == IMPORT_FORM


async def test_a_file_is_imported_and_the_import_undone_within_a_day(harness: Harness) -> None:
    await harness.ask(harness.ana, f"save {MATTING}")
    said = await send(harness, "My Library.TXT", f"{MATTING} {MELTEMI}", text="import these")
    assert "1 paper saved to your reading list. 1 paper was already on it." in said
    assert len(await harness.reading_list(harness.ana)) == 2
    assert len(told(harness)) == 1
    await harness.click(harness.ana, told(harness)[0], UNDO_IMPORT)
    assert "undone" in read(told(harness)[0])
    assert await harness.reading_list(harness.ana) == [MATTING]
    assert not any(call.method == FETCH and call.token != harness.slack.bot_token for call in harness.slack.calls)


async def test_undone_too_late_it_says_so(harness: Harness) -> None:
    await send(harness, "list.txt", MATTING)
    await harness.clock.sleep(25 * 3600)
    await harness.click(harness.ana, told(harness)[0], UNDO_IMPORT)
    assert "can't be undone" in read(told(harness)[0])
    assert await harness.reading_list(harness.ana) == [MATTING]


async def test_papers_nobody_knew_are_looked_up_fifty_at_a_time_in_one_message(harness: Harness) -> None:
    ids = [f"2501.{number:05}" for number in range(1, 121)]
    at_arxiv(harness, ids[:119])
    asked = len(harness.sources.calls)
    said = await send(harness, "library.txt", "\n".join(ids))
    assert "119 papers saved" in said
    assert "1 entry was skipped" in said
    assert f"{ids[-1]}: arXiv doesn't know this ID" in said
    queries = [call for call in harness.sources.calls[asked:] if "/api/query" in call.path]
    assert len(queries) == 3
    updates = [call for call in harness.slack.calls if call.method == "chat.update"]
    assert ["Looked up" in call.arguments["text"] for call in updates] == [True, True, False]
    assert len(await harness.reading_list(harness.ana)) == 119


async def test_one_import_of_a_person_goes_on_at_a_time_and_the_next_is_told_so(harness: Harness) -> None:
    at_arxiv(harness, [LATE])
    requests, now = harness.bot.services.store.requests, harness.clock.now()
    first = Request(harness.team, "", harness.ana.id, RequestKind.IMPORT, "V1", "{}", now - timedelta(seconds=1))
    for owner, whose in (("another process", first), ("this one", replace(first, person=harness.jimin.id))):
        await requests.note(whose, owner=owner, until=now + LEASE)
    assert "Another import of yours is still going on" in await send(harness, "more.txt", MATTING)
    assert await harness.reading_list(harness.ana) == []
    await requests.end(first, owner="another process", remembered_until=now + LEASE)
    assert "1 paper saved" in await send(harness, "more.txt", MATTING)


async def test_several_files_hold_no_more_papers_than_one(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.importing.MOST_IMPORTED", 1)
    said = await send(harness, "list.txt", f"{MATTING} {MELTEMI}")
    assert "1 paper saved" in said
    assert "1 entry was skipped" in said


async def test_whose_data_is_erased_during_an_import_gets_no_more_papers(harness: Harness) -> None:
    """arXiv is away until after the erasure, which waits for half a minute and no longer."""
    at_arxiv(harness, [LATE])
    looks_up, erased = asyncio.Event(), asyncio.Event()
    actions, sleep = harness.bot.deps.personal_data(harness.team), harness.clock.sleep
    ana = harness.ana.id

    async def wait_for_the_erasure(seconds: float) -> None:
        looks_up.set()
        await erased.wait()
        harness.sources.up()
        await sleep(seconds)

    harness.sources.down()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(harness.clock, "sleep", wait_for_the_erasure)
        await harness.slack.send_file(ana, alone(harness), "list.txt", f"{MATTING} {LATE}".encode())
        await looks_up.wait()
        erasure = await actions.personal_data.begin_erasure(harness.team, ana, at=harness.clock.now())
        await actions.personal_data.erase(harness.team, ana, erasure)
        erased.set()
        await harness.quiet()
    assert places(harness, ana, alone(harness)) == {}


async def test_while_arxiv_is_away_what_is_known_is_saved_and_the_rest_named(harness: Harness) -> None:
    harness.sources.down()
    said = await send(harness, "list.txt", f"{MATTING} {LATE}")
    assert "1 paper saved" in said
    assert f"{LATE}: arXiv isn't responding" in said


async def test_in_korean(harness: Harness) -> None:
    channel = harness.slack.direct_messages(harness.jimin.id).id
    await harness.slack.send_file(harness.jimin.id, channel, "목록.txt", f"{MATTING} {LATE}".encode())
    await harness.quiet()
    said = read(harness.slack.messages(channel)[-1])
    assert "논문 1편을 저장했습니다" in said
    assert "arXiv에 없는 ID" in said


async def test_a_file_that_slack_does_not_hand_over_is_named_and_nothing_goes_elsewhere(harness: Harness) -> None:
    faults = harness.slack.faults
    faults.foreign(FETCH, status=302, body=b"", headers={"Location": "https://evil.example/x"})
    assert "Couldn't read list.bib" in await send(harness, "list.bib", MATTING)
    faults.foreign(FETCH, body=b"<html>sign in</html>")
    assert "Couldn't read list.bib" in await send(harness, "list.bib", MATTING)
    faults.drop_before_accepting(FETCH, times=2)  # a connection that breaks is tried once more
    assert "Couldn't read list.bib" in await send(harness, "list.bib", MATTING)
    faults.foreign(FETCH, body=b"x" * (LARGEST_IMPORT + 1), headers={"Content-Type": "text/plain"})
    assert "too large" in await send(harness, "list.bib", MATTING)
    assert "too large" in await send(harness, "list.bib", b" " * (LARGEST_IMPORT + 1))
    assert await harness.reading_list(harness.ana) == []
    assert all(call.error is None or call.method == FETCH for call in harness.slack.calls)


async def test_files_that_hold_no_papers_lead_to_how_papers_are_imported(harness: Harness) -> None:
    assert ".bib" in await send(harness, "cat.png", b"\x89PNG")
    said = await send(harness, "empty.bib", "@misc{x, title={No ID here}}")
    assert "0 papers saved" in said
    assert all(call.method != FETCH for call in harness.slack.calls if "png" in str(call.arguments))


async def test_a_message_with_words_and_a_picture_is_answered_as_always(harness: Harness) -> None:
    assert "Matting" in await send(harness, "cat.png", b"\x89PNG", text=MATTING)


async def test_without_the_scope_nothing_is_fetched_and_the_form_is_offered(tmp_path: Path) -> None:
    async with open_harness(tmp_path, granted=USUALLY_GRANTED - {"files:read"}) as harness:
        said = await send(harness, "list.bib", MATTING)
        assert "can't read files" in said
        assert not any(call.method == FETCH for call in harness.slack.calls)


async def test_brought_twice_and_left_by_an_ended_process_it_is_done_once(harness: Harness) -> None:
    harness.slack.faults.duplicate_next()
    await send(harness, "list.txt", MATTING)
    assert len(told(harness)) == 1
    sent = next(each for each in harness.slack.messages(alone(harness)) if each.files)
    file = sent.files[0]
    value = json.dumps({"text": "", "files": [json.dumps([file["name"], file["url_private_download"], file["size"]])]})
    at = harness.clock.now()
    left = Request(harness.team, alone(harness), harness.ana.id, RequestKind.IMPORT, "99.1", value, at)
    assert ToImport.parse(value).files[0].name == "list.txt"
    assert await harness.bot.deps.requests.keep(left)
    await harness.clock.sleep(60)
    await finish_left_over(harness.bot.deps, harness.team, harness.bot.workspace.client)
    await harness.quiet()
    assert "1 paper was already on it" in read(told(harness)[-1])
    assert len(told(harness)) == 2


async def test_where_slack_takes_no_direct_message_the_papers_are_imported_all_the_same(harness: Harness) -> None:
    view = await form(harness)
    harness.slack.faults.error("chat.postMessage", error="messages_tab_disabled", times=10)
    await harness.slack.submit(view, {IMPORTED_TEXT: MATTING})
    await harness.quiet()
    assert await harness.reading_list(harness.ana) == [MATTING]
    assert "Importing" in read_blocks(harness.slack.modals(harness.ana.id)[-1].blocks)
