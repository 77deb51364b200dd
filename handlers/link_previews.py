"""Links to papers that people paste: a preview below their message, once a paper, week, and channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import PaperUnknown, SlackRefused, SlackUnreachable, SourceUnreachable
from bot.messages.link_previews import link_preview
from bot.rules.entry_points import EntryPoint
from bot.rules.link_previews import PastedLinks, links_in_event
from bot.rules.requests import Request, RequestKind
from bot.slack.web_api import call, call_with_retry
from handlers.asker import Asker
from handlers.requests import begin_if_room, path_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.rules.link_previews import PastedLink
    from bot.rules.papers import Reading
    from handlers.answers import AnswerPath
    from handlers.deps import HandlerDeps

    Known = tuple[PastedLink, Reading]

log = structlog.get_logger(__name__)

_TRIED_FOR_SECONDS = 60.0
# Slack tells of the links in a message and of the mention in it separately, in any order.
_MENTION_TOLD_WITHIN_SECONDS = 1.0


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to links of our domains."""

    @app.event("link_shared")
    async def shared(
        event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """Store the links before they are acknowledged: fetching their papers may take longer than this process."""
        pasted, team = links_in_event(event, bot_user=context.bot_user_id), context.team_id
        if pasted is None or team is None or deps.workspaces[team].scopes.is_closed(EntryPoint.LINK_PREVIEWS):
            return
        channel = await deps.store.channels.find(team, event["channel"])
        if channel and not channel.settings.link_previews:
            return
        if body.get("is_ext_shared_channel") is True and not await deps.store.link_previews.claim(
            team, event["channel"], pasted.message_ts, now=deps.clock.now()
        ):
            return
        request = Request(
            team=team,
            channel=event["channel"],
            person=event["user"],
            kind=RequestKind.PREVIEW,
            cause=event["event_ts"],  # an edited message is a new event of the same message
            value=pasted.to_value(),
            at=deps.clock.now(),
        )
        if await deps.requests.keep(request):
            asker = Asker(team, request.person, request.channel, deps.defaults.language)
            begin_if_room(deps, asker, path_to(deps, request, client), request, preview_links)


async def preview_links(deps: HandlerDeps, _: Asker, path: AnswerPath, request: Request) -> None:
    """Show the papers linked in a message: those that are known at once, the others as soon as they are fetched."""
    pasted = PastedLinks.parse(request.value)
    await deps.clock.sleep(_MENTION_TOLD_WITHIN_SECONDS)
    message = _Message(deps, path.client, request, pasted)
    channel = await deps.store.channels.find(request.team, request.channel)
    language = channel.settings.language if channel else deps.defaults.language
    known: list[Known] = []
    unknown: list[PastedLink] = []
    for link in await message.still_wanted():
        reading = await deps.library.recall(link.ref.id, language)
        if reading:
            known.append((link, reading))
        else:
            unknown.append(link)
    await message.show(known, language)
    fetched: list[Known] = []
    for link in unknown:
        try:
            fetched.append((link, await deps.library.look_up(link.ref, language)))
        except (PaperUnknown, SourceUnreachable) as error:
            log.info("no preview of a linked paper", paper=link.ref.id, error=str(error))
    await message.show(fetched, language)


class _Message:
    """A person's message with links to papers."""

    def __init__(self, deps: HandlerDeps, client: AsyncWebClient, request: Request, pasted: PastedLinks) -> None:
        self._deps = deps
        self._client = client
        self._pasted = pasted
        self._where = (request.team, request.channel, pasted.message_ts)

    async def still_wanted(self) -> list[PastedLink]:
        """The links of papers that this channel has not seen lately."""
        papers = [link.ref.id for link in self._pasted.links]
        wanted = await self._deps.store.link_previews.wanted(*self._where, papers, now=self._deps.clock.now())
        return [link for link in self._pasted.links if link.ref.id in wanted]

    async def _is_answered(self) -> bool:
        """Whether the message mentions Paperboy, as far as Slack has told."""
        return await self._deps.store.incoming_messages.find(*self._where) is not None

    async def show(self, known: Sequence[Known], language: str) -> None:
        """Have Slack show previews of these papers, as far as no other message of the channel shows them."""
        if not known or await self._is_answered():
            return
        previews = self._deps.store.link_previews
        papers = [reading.paper.id for _, reading in known]
        ours = await previews.begin(*self._where, papers, now=self._deps.clock.now())
        if not ours:
            return
        emoji = (await self._deps.list_emoji(self._where[0])).spoken_of
        cards = {
            link.url: {"blocks": list(self._card(reading, language, emoji))}
            for link, reading in known
            if reading.paper.id in ours
        }
        _, channel, ts = self._where
        try:
            # Slack changes the preview that stands when it is asked twice (docs.slack.dev, chat.unfurl).
            await call_with_retry(
                lambda: call("chat.unfurl", self._client.chat_unfurl(channel=channel, ts=ts, unfurls=cards)),
                self._deps.clock,
                give_up_after=_TRIED_FOR_SECONDS,
            )
        except SlackRefused as error:
            log.warning("Slack takes no preview of a link", channel=channel, error=str(error))
            await previews.give_up(*self._where, ours)
        except SlackUnreachable as error:  # it may have arrived
            log.warning("couldn't show a preview of a link", channel=channel, error=str(error))
        else:
            await previews.note_shown(*self._where, ours)

    def _card(self, reading: Reading, language: str, emoji: str) -> tuple[dict[str, Any], ...]:
        return link_preview(
            paper=reading.paper,
            listed=reading.listed,
            takeaway=reading.takeaway,
            language=language,
            emoji=emoji,
            is_only=len(self._pasted.links) == 1,
        ).blocks
