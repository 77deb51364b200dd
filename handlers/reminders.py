"""The buttons of reminders, and reminders turned on, off, and put off.

Whatever a reminder says is made of its button and of the list as it is by then: an old one does the right thing, and
then shows how everything stands now.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bot.messages.reminders import reminder_settings
from bot.rules.reading_list import ReadingState, SaveKind
from bot.rules.reminders import RemindedPapers
from handlers.answers import Answer, answer_path, is_seen_by_one, run_in_background, send_answer
from handlers.asker import identify_asker
from handlers.home import refresh_home
from handlers.shown_papers import show_in_language

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

    Act = Callable[[HandlerDeps, Asker, RemindedPapers], Awaitable[object]]


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the buttons of reminders."""
    acts: dict[str, Act] = {
        "reminder_done": partial(_mark, ReadingState.DONE),
        "reminder_archive": partial(_mark, ReadingState.ARCHIVED),
        "reminder_undo": partial(_mark, ReadingState.TO_READ),
        "reminder_archive_stale": partial(_mark_stale, ReadingState.TO_READ, ReadingState.ARCHIVED),
        "reminder_restore_stale": partial(_mark_stale, ReadingState.ARCHIVED, ReadingState.TO_READ),
        "reminder_snooze": _snooze,
        "reminder_stop": _turn_off,
        "reminder_on": _turn_on,
    }
    for action_id, act in acts.items():
        app.action(action_id)(_listener(deps, act))

    @app.action("reminder_card")
    async def show_card(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        about = RemindedPapers.parse(action.get("value") or "").about
        reading = await deps.shown_papers.known(about or "", asker.language)
        await ack()
        path = answer_path(deps, body, respond, client)
        run_in_background(deps, asker, path, lambda known: show_in_language(deps, known, reading, path))


async def change_reminders(deps: HandlerDeps, asker: Asker, wish: str | None) -> Answer:
    """Turn reminders on or off, or put them off, as somebody typed; with no wish, tell how they are."""
    choices = deps.reminder_choices(asker.team)
    if change := {"on": choices.turn_on, "off": choices.turn_off, "snooze": choices.snooze}.get(wish or ""):
        await change(asker.team, asker.user)

    async def compose(known: Asker) -> Message:
        preference, next_at = await choices.current(known.team, known.user)
        return reminder_settings(preference=preference, next_at=next_at, language=known.language)

    return Answer(compose, is_personal=True)


def _listener(deps: HandlerDeps, act: Act) -> Callable[..., Awaitable[None]]:
    async def listen(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        papers = RemindedPapers.parse(action.get("value") or "")
        await act(deps, asker, papers)
        await ack()
        path = answer_path(deps, body, respond, client)

        async def show(known: Asker) -> None:
            await send_answer(path, await _as_of_now(deps, known, papers), in_place=is_seen_by_one(body))

        run_in_background(deps, asker, path, show)
        refresh_home(deps, asker.team, asker.user)

    return listen


async def _as_of_now(deps: HandlerDeps, asker: Asker, papers: RemindedPapers) -> Message:
    """The reminder as it stands by now; where a button names no papers, reminders themselves."""
    if papers.suggested:
        return await deps.workspaces[asker.team].list_reminders.compose(asker.user, papers, asker.language)
    preference, next_at = await deps.reminder_choices(asker.team).current(asker.team, asker.user)
    return reminder_settings(preference=preference, next_at=next_at, language=asker.language)


async def _mark(state: ReadingState, deps: HandlerDeps, asker: Asker, papers: RemindedPapers) -> None:
    if papers.about:
        lists = deps.reading_lists(asker.team)
        await lists.set_state(asker.team, asker.user, papers.about, state, SaveKind.CLICK)


async def _mark_stale(
    before: ReadingState, after: ReadingState, deps: HandlerDeps, asker: Asker, papers: RemindedPapers
) -> None:
    """Archive what is unread still of what was offered, or take that back."""
    lists = deps.reading_lists(asker.team)
    for paper_id in papers.stale:
        entry = await lists.entry(asker.team, asker.user, paper_id)
        if entry and entry.state is before:
            await lists.set_state(asker.team, asker.user, paper_id, after, SaveKind.CLICK)


async def _snooze(deps: HandlerDeps, asker: Asker, _papers: RemindedPapers) -> None:
    await deps.reminder_choices(asker.team).snooze(asker.team, asker.user)


async def _turn_off(deps: HandlerDeps, asker: Asker, _papers: RemindedPapers) -> None:
    await deps.reminder_choices(asker.team).turn_off(asker.team, asker.user)


async def _turn_on(deps: HandlerDeps, asker: Asker, _papers: RemindedPapers) -> None:
    await deps.reminder_choices(asker.team).turn_on(asker.team, asker.user)
