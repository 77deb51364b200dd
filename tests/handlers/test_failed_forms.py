"""A form that could not be dealt with stays open with all that was filled in, and says why."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from bot.slack import bolt_app as bolt
from tests.harness import DAY
from tests.model_server import ScriptedModel
from tests.modelled_harness import by_paper, open_modelled_office, papers_of_the_day

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.slack_emulator import Answer, Person, View
    from tests.harness import Harness

Form = tuple["View", dict[str, Any]]


async def settings_form(harness: Harness, person: Person) -> Form:
    """The form of a channel's settings, with another time filled in."""
    await harness.serve()
    await harness.slack.command(person.id, harness.papers.id, "/paper", "settings")
    await harness.quiet()
    await harness.click(person, harness.slack.ephemerals(person.id)[-1], "channel_change_what")
    (form,) = harness.slack.modals(person.id)
    return form, {"top": "7"}


async def report_form(harness: Harness, person: Person) -> Form:
    """The form that says what is wrong with a summary, with a complaint chosen."""
    await harness.bot.services.library.read_day(DAY)
    await harness.bot.services.summarizer.request_summary(papers_of_the_day()[0].id, "en")
    await harness.post(top=1)
    card = harness.cards[0]
    menu = next(each for block in card.blocks for each in block.get("elements", ()) if "options" in each)
    wrong = next(option["value"] for option in menu["options"] if option.get("value", "").startswith("wrong"))
    await harness.slack.choose(person.id, card, "paper_menu", wrong)
    await harness.quiet()
    (form,) = harness.slack.modals(person.id)
    complaint = next(block["element"] for block in form.blocks if block["block_id"] == "complaint")
    return form, {"complaint": complaint["options"][0]["value"]}


async def choosing_form(harness: Harness, person: Person) -> Form:
    """The form in which papers of a digest are saved, with one ticked."""
    await harness.post(top=2)
    await harness.click(person, harness.header, "choose_papers")
    (form,) = harness.slack.modals(person.id)
    return form, {"papers_1": [form.blocks[1]["element"]["options"][0]["value"]]}


async def note_form(harness: Harness, person: Person) -> Form:
    """The form of a saved paper, with a note."""
    await harness.post(top=1)
    await harness.react(person, harness.cards[0], "bookmark")
    await harness.slack.open_home(person.id)
    await harness.quiet()
    home = harness.slack.home(person.id)
    assert home is not None
    await harness.slack.choose(person.id, home, "home_entry", f"note {papers_of_the_day()[0].id}")
    await harness.quiet()
    (form,) = harness.slack.modals(person.id)
    return form, {"note": "For the related work"}


FORMS: dict[str, Callable[[Harness, Person], Any]] = {
    "settings": settings_form,
    "report": report_form,
    "choosing": choosing_form,
    "note": note_form,
}
TRANSPORTS = pytest.mark.parametrize("over_http", [False, True], ids=["Socket Mode", "HTTP"])


class Broken(sqlite3.Error):
    """What no one foresaw."""


def fails_to_read(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is damaged."""
    store = harness.bot.services.store

    async def corrupt(*_: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(type(store.channels), "find", corrupt)
    monkeypatch.setattr(type(store.papers), "find", corrupt)
    monkeypatch.setattr(type(store.people), "find", corrupt)


def never_answers(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program holds the database for longer than Slack waits."""

    async def wait(*_: object) -> None:
        await asyncio.Event().wait()

    store = harness.bot.services.store
    monkeypatch.setattr(type(store.channels), "find", wait)
    monkeypatch.setattr(type(store.papers), "find", wait)
    monkeypatch.setattr(type(store.people), "find", wait)


def surprises(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something nobody foresaw, in the middle of the listener."""

    def surprise(*_: object, **__: object) -> None:
        raise KeyError("state")

    monkeypatch.setattr("handlers.channel_settings.read_changes", surprise)
    monkeypatch.setattr("handlers.choosing_papers.papers_to_change", surprise)
    monkeypatch.setattr("handlers.saved_paper.read_saved_paper_form", surprise)
    monkeypatch.setattr("bot.use_cases.summary_reports.clean_text", surprise)


def has_no_room(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """More is under way than can be taken on."""
    monkeypatch.setattr(harness.bot.deps.background.of(harness.team), "_most", 0)


CAUSES = {cause.__name__: cause for cause in (fails_to_read, never_answers, surprises, has_no_room)}


# What these come to is done before it is acknowledged, so it takes no room.
TAKES_NO_ROOM = ("choosing", "note")
PAIRS = [
    (which, cause) for which in FORMS for cause in CAUSES if not (which in TAKES_NO_ROOM and cause == "has_no_room")
]


@TRANSPORTS
@pytest.mark.parametrize(("which", "cause"), PAIRS)
async def test_a_form_that_fails_says_so_in_itself_and_keeps_what_was_filled_in(
    tmp_path: Path, which: str, cause: str, over_http: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bolt, "ANSWER_SECONDS", 0.1)
    async with ScriptedModel.open() as model, open_modelled_office(tmp_path, model, over_http=over_http) as harness:
        model.script = by_paper(papers_of_the_day())
        form, values = await FORMS[which](harness, harness.jimin)
        CAUSES[cause](harness, monkeypatch)
        answer: Answer = await harness.slack.submit(form, values)
        assert answer.error == "errors", answer
        assert [view.id for view in harness.slack.modals(harness.jimin.id)] == [form.id]
        (sentence,) = answer.payload["errors"].values()
        assert len(sentence) > 10
        assert "malformed" not in sentence
        assert str(tmp_path) not in sentence
        monkeypatch.undo()


async def test_it_is_taken_once_all_is_well_again(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    form, values = await settings_form(harness, harness.ana)
    surprises(harness, monkeypatch)
    assert (await harness.slack.submit(form, values)).error == "errors"
    monkeypatch.undo()
    assert (await harness.slack.submit(form, values)).ok
    await harness.quiet()
    assert (await harness.served()).settings.top == 7
