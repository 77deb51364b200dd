"""Clicks in a reading list and below what is said of it: everything changes where it stands, and can be undone.

Each block of a list says in its ID which part of the list is shown, so that one of long ago does the right thing,
whichever process has sent it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.errors import NotUnderstood
from bot.messages import lists
from bot.messages.list_parts import EVERYTHING
from bot.rules.commands import CitePapers, ExportList
from bot.rules.list_filter import ListFilter, ListOrder
from bot.rules.list_view import ListView
from bot.rules.papers import parse_paper_id
from bot.rules.reading_list import EffectKind, ReadingState, SaveKind, SaveOrigin
from handlers.answers import answer_path, in_modal, is_seen_by_one, run_in_background, send_answer
from handlers.asked import find_answer, go_on
from handlers.asker import identify_asker, origin_of
from handlers.home import refresh_home
from handlers.reading_list import ask_to_clear, ask_to_set_states, format_removed, reading_list_page
from handlers.saved_paper import open_note_form
from handlers.shown_papers import show_in_language
from handlers.view_answers import ViewAnswers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from bot.rules.commands import Command
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

    Compose = Callable[[Asker], Awaitable[Message]]
    # What a click does at once, given who clicked, the part of the list that is shown, and the value; then its answer.
    Act = Callable[["HandlerDeps", Asker, ListView, str, SaveOrigin], Awaitable[Compose]]

_STATES = {state.value: state for state in ReadingState}
_ORDERS = {order.value: order for order in ListOrder}
_UNREAD = frozenset({ReadingState.TO_READ, ReadingState.READING})


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the buttons and menus of reading lists, and to those below what is said of saving and removing."""

    def changes(action_id: str, act: Act) -> None:
        """Let a click do something at once, whose answer takes the place of the message."""

        @app.action(action_id)
        async def clicked(
            ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
        ) -> None:
            asker = await identify_asker(deps, body)
            compose = await act(deps, asker, _view_of(action), _value_of(action), click_origin(body))
            await ack()
            _answer_in_place(deps, asker, body, _path(deps, body, respond, client), compose)

    for action_id, act in (
        ("list_state", _set_state),
        ("list_state_filter", _filter_by_state),
        ("list_tag_filter", _filter_by_tag),
        ("list_order", _order),
        ("list_show_all", _show_all),
        ("list_page_newer", _turn_page),
        ("list_page_older", _turn_page),
        ("list_undo", _undo_removal_in_list),
        ("open_list", _open),
        ("undo_save", _undo_save),
        ("undo_removal", _undo_removal),
        ("list_remove", _remove_after_all),
        ("list_clear", _clear),
        ("list_undo_clear", _undo_clear),
        ("list_set_states", _set_states),
        ("list_undo_states", _undo_states),
        ("list_leave", _leave),
    ):
        changes(action_id, act)

    @app.action("list_entry")
    async def chosen(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker, (wanted, _, named) = await identify_asker(deps, body), _value_of(action).partition(" ")
        ref, path = parse_paper_id(named), _path(deps, body, respond, client)
        match wanted:
            case "remove":
                compose = await _remove(deps, asker, _view_of(action), ref.id)
                await ack()
                _answer_in_place(deps, asker, body, path, compose)
            case "card":
                reading = await deps.shown_papers.known(ref.id, asker.language)
                await ack()
                run_in_background(deps, asker, path, lambda known: show_in_language(deps, known, reading, path))
            case "note":
                await ack()
                open_note_form(deps, asker, body, ref.id)
            case "cite":
                await ack()
                _answer_command(deps, asker, path, CitePapers((ref,)))
            case _:  # Slack opens the PDF by itself and still expects an acknowledgement
                await ack()

    @app.action("list_note")
    async def note(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any]) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        open_note_form(deps, asker, body, parse_paper_id(action["value"]).id)

    @app.action("list_bulk")
    async def bulk(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """Ask first; the list stays as it is, and the question stands below it."""
        asker, viewed = await identify_asker(deps, body), _view_of(action)
        await ack()
        path = answer_path(deps, body, respond, client)
        match _value_of(action):
            case "export":
                _answer_command(deps, asker, path, ExportList(None, viewed.filter))
            case "done":
                unread = (viewed.filter.states or _UNREAD) & _UNREAD or _UNREAD
                wanted = replace(viewed.filter, states=unread)
                _answer(deps, asker, path, lambda known: ask_to_set_states(deps, known, wanted, ReadingState.DONE))
            case "archived":
                wanted = replace(viewed.filter, states=frozenset({ReadingState.DONE}))
                _answer(deps, asker, path, lambda known: ask_to_set_states(deps, known, wanted, ReadingState.ARCHIVED))
            case _:
                _answer(deps, asker, path, lambda known: ask_to_clear(deps, known))


def click_origin(body: Mapping[str, Any]) -> SaveOrigin:
    """The origin of what a click saves: the message that was clicked in, as far as there is one."""
    container, (_, _, channel) = body.get("container") or {}, origin_of(body)
    ts = (body.get("message") or {}).get("ts") or container.get("message_ts")
    return SaveOrigin(SaveKind.CLICK, channel, str(ts)) if channel and ts else SaveOrigin(SaveKind.CLICK)


def _value_of(action: Mapping[str, Any]) -> str:
    return str((action.get("selected_option") or action).get("value") or "")


def _view_of(action: Mapping[str, Any]) -> ListView:
    """The part of the list that was clicked in; the whole one elsewhere."""
    return ListView.of_block(str(action.get("block_id") or "")) or ListView()


def _path(deps: HandlerDeps, body: Mapping[str, Any], respond: AsyncRespond, client: AsyncWebClient) -> AnswerPath:
    """The path for an answer that takes the place of what was clicked in, also where that is a modal."""
    path, view = answer_path(deps, body, respond, client), body.get("view")
    if path.modal and isinstance(view, dict) and view.get("type") == "modal":
        return in_modal(path, ViewAnswers.within(client, view))
    return path


def _answer_in_place(
    deps: HandlerDeps, asker: Asker, body: Mapping[str, Any], path: AnswerPath, compose: Compose
) -> None:
    in_place = is_seen_by_one(body)

    async def answer(known: Asker) -> None:
        await send_answer(path, await compose(known), in_place=in_place)

    run_in_background(deps, asker, path, answer)


def _answer(deps: HandlerDeps, asker: Asker, path: AnswerPath, compose: Compose) -> None:
    async def answer(known: Asker) -> None:
        await send_answer(path, await compose(known))

    run_in_background(deps, asker, path, answer)


def _answer_command(deps: HandlerDeps, asker: Asker, path: AnswerPath, command: Command) -> None:
    """Answer as if the command had been typed."""

    async def answer(known: Asker) -> None:
        found = await find_answer(deps, known, path, command)
        await send_answer(path, await found.compose(known))
        await go_on(deps, known, path, found)

    run_in_background(deps, asker, path, answer)


def _page(deps: HandlerDeps, viewed: ListView, *, removed: str = "") -> Compose:
    return lambda known: reading_list_page(deps, known, viewed, removed=removed)


async def _set_state(deps: HandlerDeps, asker: Asker, viewed: ListView, value: str, origin: SaveOrigin) -> Compose:
    state, _, paper_id = value.partition(" ")
    if state not in _STATES:
        raise NotUnderstood
    await deps.reading_lists(asker.team).set_state(
        asker.team, asker.user, paper_id, _STATES[state], SaveKind.CLICK, origin=origin
    )
    refresh_home(deps, asker.team, asker.user)
    return _page(deps, viewed)


async def _remove(deps: HandlerDeps, asker: Asker, viewed: ListView, paper_id: str) -> Compose:
    paper = (await deps.shown_papers.known(paper_id, asker.language)).paper
    change = await deps.reading_lists(asker.team).remove(asker.team, asker.user, paper)
    refresh_home(deps, asker.team, asker.user)
    return _page(deps, viewed, removed=paper.id if change.is_done else "")


async def _undo_removal_in_list(
    deps: HandlerDeps, asker: Asker, viewed: ListView, value: str, _origin: SaveOrigin
) -> Compose:
    lists_here = deps.reading_lists(asker.team)
    await lists_here.restore(asker.team, asker.user, value)
    refresh_home(deps, asker.team, asker.user)
    is_there = await lists_here.entry(asker.team, asker.user, value) is not None
    return _page(deps, viewed) if is_there else _nothing_to_undo


async def _filter_by_state(
    deps: HandlerDeps, _asker: Asker, viewed: ListView, value: str, _origin: SaveOrigin
) -> Compose:
    states = frozenset({_STATES[value]}) if value in _STATES else frozenset[ReadingState]()
    return _page(deps, ListView(replace(viewed.filter, states=states)))


async def _filter_by_tag(
    deps: HandlerDeps, _asker: Asker, viewed: ListView, value: str, _origin: SaveOrigin
) -> Compose:
    return _page(deps, ListView(replace(viewed.filter, tag=None if value == EVERYTHING else value)))


async def _order(deps: HandlerDeps, _asker: Asker, viewed: ListView, value: str, _origin: SaveOrigin) -> Compose:
    return _page(deps, ListView(replace(viewed.filter, order=_ORDERS.get(value, ListOrder.NEWEST))))


async def _show_all(deps: HandlerDeps, _asker: Asker, viewed: ListView, _value: str, _origin: SaveOrigin) -> Compose:
    return _page(deps, ListView(ListFilter(order=viewed.filter.order)))


async def _turn_page(deps: HandlerDeps, _asker: Asker, _viewed: ListView, value: str, _origin: SaveOrigin) -> Compose:
    """The value says it all; in a list of release 0.5.0, it is the page's number alone."""
    return _page(deps, ListView.parse(value))


async def _open(deps: HandlerDeps, _asker: Asker, _viewed: ListView, _value: str, _origin: SaveOrigin) -> Compose:
    return _page(deps, ListView())


async def _undo_save(deps: HandlerDeps, asker: Asker, _viewed: ListView, value: str, _origin: SaveOrigin) -> Compose:
    """Take back the source that was saved then, and nothing else."""
    paper_id, _, source = value.partition(" ")
    origin = SaveOrigin.parse(source)
    if origin is None:
        raise NotUnderstood
    paper = (await deps.shown_papers.known(paper_id, asker.language)).paper
    lists_here = deps.reading_lists(asker.team)
    effect = await lists_here.undo_save(asker.team, asker.user, paper.id, origin)
    refresh_home(deps, asker.team, asker.user)
    entry = None if effect.kind is EffectKind.REMOVED else await lists_here.entry(asker.team, asker.user, paper.id)

    async def compose(known: Asker) -> Message:
        if entry is None:
            return lists.save_undone(papers=[paper], language=known.language)
        return lists.stays(papers=[paper], because=effect.because, state=entry.state, language=known.language)

    return compose


async def _remove_after_all(
    deps: HandlerDeps, asker: Asker, _viewed: ListView, value: str, _origin: SaveOrigin
) -> Compose:
    """Remove a paper that stayed on the list though the emoji that saved it was taken back."""
    paper = (await deps.shown_papers.known(value, asker.language)).paper
    change = await deps.reading_lists(asker.team).remove(asker.team, asker.user, paper)
    refresh_home(deps, asker.team, asker.user)

    async def compose(known: Asker) -> Message:
        return format_removed(change, known.language)

    return compose


async def _undo_removal(deps: HandlerDeps, asker: Asker, _viewed: ListView, value: str, _origin: SaveOrigin) -> Compose:
    lists_here = deps.reading_lists(asker.team)
    await lists_here.restore(asker.team, asker.user, value)
    refresh_home(deps, asker.team, asker.user)
    entry = await lists_here.entry(asker.team, asker.user, value)
    if entry is None:
        return _nothing_to_undo
    paper = entry.paper

    async def compose(known: Asker) -> Message:
        return lists.restored(paper=paper, language=known.language)

    return compose


async def _nothing_to_undo(known: Asker) -> Message:
    return lists.nothing_to_undo(language=known.language)


async def _clear(deps: HandlerDeps, asker: Asker, _viewed: ListView, _value: str, _origin: SaveOrigin) -> Compose:
    count, removed_at = await deps.reading_lists(asker.team).remove_all(asker.team, asker.user)
    refresh_home(deps, asker.team, asker.user)

    async def compose(known: Asker) -> Message:
        if not count:
            return await reading_list_page(deps, known, ListView())
        return lists.cleared(count=count, undo=removed_at.isoformat(), language=known.language)

    return compose


async def _undo_clear(deps: HandlerDeps, asker: Asker, _viewed: ListView, value: str, _origin: SaveOrigin) -> Compose:
    count = await deps.reading_lists(asker.team).restore_all(asker.team, asker.user, _moment(value))
    return _brought_back(deps, asker, count)


async def _set_states(deps: HandlerDeps, asker: Asker, _viewed: ListView, value: str, _origin: SaveOrigin) -> Compose:
    named, _, wanted = value.partition(" ")
    if named not in _STATES:
        raise NotUnderstood
    state = _STATES[named]
    count, set_at = await deps.reading_lists(asker.team).set_states(
        asker.team, asker.user, ListFilter.parse(wanted), state
    )
    refresh_home(deps, asker.team, asker.user)

    async def compose(known: Asker) -> Message:
        if not count:
            return lists.nothing_to_change(language=known.language)
        undo = f"{state} {set_at.isoformat()}"
        return lists.states_set(count=count, state=state, undo=undo, language=known.language)

    return compose


async def _undo_states(deps: HandlerDeps, asker: Asker, _viewed: ListView, value: str, _origin: SaveOrigin) -> Compose:
    named, _, moment = value.partition(" ")
    if named not in _STATES:
        raise NotUnderstood
    count = await deps.reading_lists(asker.team).undo_states(asker.team, asker.user, _STATES[named], _moment(moment))
    return _brought_back(deps, asker, count)


async def _leave(_deps: HandlerDeps, _asker: Asker, _viewed: ListView, _value: str, _origin: SaveOrigin) -> Compose:
    async def compose(known: Asker) -> Message:
        return lists.left_as_it_was(language=known.language)

    return compose


def _brought_back(deps: HandlerDeps, asker: Asker, count: int) -> Compose:
    refresh_home(deps, asker.team, asker.user)

    async def compose(known: Asker) -> Message:
        if not count:
            return lists.nothing_to_undo(language=known.language)
        return lists.brought_back(count=count, language=known.language)

    return compose


def _moment(value: str) -> datetime:
    """Raises `NotUnderstood`."""
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotUnderstood from None
