"""A person's own settings: told to them, and changed by them in a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.errors import LanguageNotWritten, NotALanguage
from bot.messages import my_settings as messages
from bot.rules.my_settings import LANGUAGE, SHOWS_NAME, read_form
from handlers.answers import answer_path, explain
from handlers.asker import identify_asker
from handlers.emoji_settings import show_emoji
from handlers.home import refresh_home
from handlers.modals import open_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from bot.templating.blocks import Block
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the button that opens a person's own settings, and to their form."""

    @app.action("my_settings_open")
    async def opened(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        path = answer_path(deps, body, respond, client)

        async def prepare() -> Callable[[str], Block]:
            current = await deps.my_settings(asker.team).current(asker.team, asker.user)
            has_model = deps.summarizer.has_model
            return lambda language: messages.my_settings_modal(settings=current, has_model=has_model, language=language)

        deps.background.of(asker.team).start(open_form(deps, asker, path, str(body.get("trigger_id")), prepare))

    @app.view(messages.CALLBACK)
    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        """The form closes once its choices are on disk; what goes wrong before that is told in it."""
        asker = await identify_asker(deps, body)
        changed = read_form(view)
        try:
            await deps.my_settings(asker.team).change(asker.team, asker.user, changed)
        except (NotALanguage, LanguageNotWritten) as error:
            sentence = explain(error, asker.language).text
            await ack(response_action="errors", errors=messages.my_settings_error(sentence=sentence))
            return
        await ack()
        if changed.get(SHOWS_NAME):
            # Their name is kept from now on, and Slack is where it is known.
            deps.background.of(asker.team).start_if_room(
                deps.workspaces[asker.team].profiles.fetch_profile(asker.team, asker.user)
            )
        if changed.keys() & {LANGUAGE}:
            refresh_home(deps, asker.team, asker.user)


async def show_my_settings(deps: HandlerDeps, asker: Asker) -> Message:
    """Tell somebody their own settings, with the button that opens the form."""
    current = await deps.my_settings(asker.team).current(asker.team, asker.user)
    mine = messages.my_settings(settings=current, language=asker.language)
    return mine.followed_by(await show_emoji(deps, asker))
