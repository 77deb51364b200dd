"""A paper shown to a whole channel because somebody in it wants that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.editions.daily import to_deliveries, to_part
from bot.errors import NotInvited, ShareInDoubt, SlackRefused, SlackUnreachable
from bot.messages import cards
from bot.messages import channels as channel_messages
from bot.rules.editions import share_edition
from bot.rules.papers import parse_paper_id
from bot.rules.permissions import Denial, share_denial
from handlers.deps import respond_privately, send_to_response_url

if TYPE_CHECKING:
    from bot.library import Reading
    from bot.messages.message import Message
    from bot.rules.requests import Request
    from handlers.deps import AnswerPath, Asker, HandlerDeps

# Where a bot may not post although people may: there the answer to the click can still be shown to all.
_NOT_A_MEMBER = frozenset({"not_in_channel", "channel_not_found"})
# Where a bot may not even look: Slack hands out a response_url only to who acted in that conversation.
_HIDDEN = frozenset({"channel_not_found", "missing_scope", "not_in_channel"})
_ANSWERING = "answering"


async def share_paper(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Post the card for all to see, once for this request whoever takes it up, if the asker may."""
    edition = share_edition(asker.user, request.cause)
    reading = await deps.library.look_up(parse_paper_id(request.value), asker.language)
    if not await deps.store.outbox.deliveries(asker.team, request.channel, edition):
        why = await _denial(deps, asker)
        if why:
            await respond_privately(path, channel_messages.share_denied(denial=why, language=asker.language))
            return
    card = await _card(deps, asker, reading, request.channel)
    planned = to_deliveries(asker.team, request.channel, edition, [to_part(card, edition, reading.paper.id)])
    await deps.store.outbox.plan(planned, now=deps.clock.now())
    report = await deps.workspaces[asker.team].sender.deliver(asker.team, request.channel, edition)
    if report.sent:
        await respond_privately(path, cards.shared(paper=reading.paper, language=asker.language))
    elif report.refused and report.refused[0][1] in _NOT_A_MEMBER:
        await _show_as_answer(deps, path, request, card)
    elif report.refused:
        raise SlackRefused(method="chat.postMessage", error=report.refused[0][1])
    else:
        raise SlackUnreachable(method="chat.postMessage", reason="it did not say whether it took the message")


async def _card(deps: HandlerDeps, asker: Asker, reading: Reading, channel: str) -> Message:
    known = await deps.store.channels.find(asker.team, channel)
    language = known.settings.language if known else asker.language
    in_language = await deps.library.recall(reading.paper.id, language) or reading
    return cards.shared_card(
        user_id=asker.user,
        paper=in_language.paper,
        listed=in_language.listed,
        summary=in_language.summary,
        language=language,
    )


async def _show_as_answer(deps: HandlerDeps, path: AnswerPath, request: Request, card: Message) -> None:
    """Show it by the answer to the click: nobody can look there afterwards whether it came, so that is tried once."""
    if request.step:
        raise ShareInDoubt(id=request.value)
    if path.is_late:
        raise NotInvited
    if await deps.requests.come_to(request, _ANSWERING):
        await send_to_response_url(
            path, {**card.to_payload(), "response_type": "in_channel", "replace_original": False}
        )


async def _denial(deps: HandlerDeps, asker: Asker) -> Denial | None:
    """Why the asker may not share where they are, asked of Slack at this moment."""
    directory, channel = deps.workspaces[asker.team].conversations, asker.channel
    if not channel or channel.startswith("D"):
        return Denial.NOT_A_CHANNEL
    try:
        actor = await directory.member(asker.user, channel)
    except SlackRefused as refused:
        if refused.values["error"] not in _HIDDEN:
            raise
        actor = await directory.person(asker.user)
    return share_denial(actor)
