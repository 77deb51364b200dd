"""The emoji of a workspace's reading lists: everybody sees them, its admins choose them in a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.errors import FormNotOpened
from bot.messages import channels as channel_messages
from bot.messages import emoji_settings as messages
from bot.rules.list_emoji import EmojiRole, ListEmoji
from handlers.answers import answer_path, explain, run_in_background, send_answer
from handlers.asker import identify_asker, with_own_language
from handlers.home import refresh_home
from handlers.modals import ModalResult, fill_modal, open_modal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the button that shows the emoji, and to the form that changes them."""

    @app.action("emoji_settings_open")
    async def opened(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        path = answer_path(deps, body, respond, client)
        deps.background.of(asker.team).start(_open(deps, asker, path, str(body.get("trigger_id"))))

    @app.view(messages.CALLBACK)
    async def submitted(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """Show at once what is wrong with the form; else ask Slack whether this person may save it."""
        asker = await identify_asker(deps, body)
        emoji = ListEmoji.read({role: _typed(view, role) for role in EmojiRole})
        if isinstance(emoji, dict):
            await ack(response_action="errors", errors=messages.emoji_errors(problems=emoji, language=asker.language))
            return
        waiting = messages.emoji_notice_modal(key="saving", language=asker.language)
        await ack(response_action="update", view=waiting)
        path = answer_path(deps, body, respond, client)

        async def save(known: Asker) -> None:
            await fill_modal(deps, path, view["id"], await _save(deps, known, emoji))
            refresh_home(deps, known.team, known.user)

        run_in_background(deps, asker, path, save)


async def show_emoji(deps: HandlerDeps, asker: Asker) -> Message:
    """Tell which emoji are in use, with the button to see or change them."""
    emoji = await deps.list_emoji(asker.team)
    return messages.emoji_in_use(emoji=emoji, language=asker.language)


async def _open(deps: HandlerDeps, asker: Asker, path: AnswerPath, trigger_id: str) -> None:
    """Open a modal at once, saying that it waits; filled in once Slack told whether this person is an admin."""
    try:
        waiting = messages.emoji_notice_modal(key="checking", language=asker.language)
        view_id = await open_modal(path, trigger_id, waiting)
    except FormNotOpened as error:
        asker = await with_own_language(deps, asker)
        await send_answer(path, explain(error, asker.language))
        return
    await fill_modal(deps, path, view_id, await _form(deps, asker))


async def _form(deps: HandlerDeps, asker: Asker) -> ModalResult:
    try:
        asker = await with_own_language(deps, asker)
        settings = deps.emoji_settings(asker.team)
        emoji = await settings.current(asker.team)
        may_change = await settings.may_change(asker.user)
    except Exception as error:
        return _failed(explain(error, asker.language), asker.language)
    show = messages.emoji_modal if may_change else messages.emoji_shown_modal
    return ModalResult(
        show(emoji=emoji, language=asker.language), channel_messages.form_not_opened(language=asker.language)
    )


async def _save(deps: HandlerDeps, asker: Asker, emoji: ListEmoji) -> ModalResult:
    """Put the emoji somebody chose in force. Where that fails the form comes back as it was filled in, saying why."""
    try:
        is_saved = await deps.emoji_settings(asker.team).change(asker.team, asker.user, emoji)
    except Exception as error:
        why = explain(error, asker.language)
        again = messages.emoji_modal(emoji=emoji, language=asker.language, notice=why)
        return ModalResult(again, why, is_done=False)
    if not is_saved:
        return _failed(messages.emoji_denied(language=asker.language), asker.language)
    saved = messages.emoji_saved_modal(emoji=emoji, language=asker.language)
    return ModalResult(saved, messages.emoji_saved(language=asker.language))


def _failed(why: Message, language: str) -> ModalResult:
    return ModalResult(messages.emoji_failed_modal(why, language=language), why, is_done=False)


def _typed(view: Mapping[str, Any], role: EmojiRole) -> str:
    field = (((view.get("state") or {}).get("values") or {}).get(role) or {}).get(role) or {}
    return str(field.get("value") or "")
