"""A paper shown to a whole channel because somebody in it wants that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import channel_messages, messages
from bot.editions.daily import to_deliveries, to_part
from bot.errors import SlackRefused, SlackUnreachable
from bot.permissions import Denial, share_denial
from handlers.parts import respond_with, tell

if TYPE_CHECKING:
    from bot.library import Reading
    from handlers.parts import AnswerPath, Asker, Parts

# Where a bot may not post although people may: there the answer to the click can still be shown to all.
_NOT_A_MEMBER = frozenset({"not_in_channel", "channel_not_found"})
# Where a bot may not even look: Slack hands out a response_url only to who acted in that conversation.
_HIDDEN = frozenset({"channel_not_found", "missing_scope", "not_in_channel"})


async def share_paper(parts: Parts, asker: Asker, reading: Reading, cause: str, path: AnswerPath) -> None:
    """Post the card for all to see, once for this `cause` however often it reaches us, if the asker may."""
    why = await _denial(parts, asker)
    if why or asker.channel is None:
        denied = channel_messages.share_denied(denial=why or Denial.NOT_A_CHANNEL, language=asker.language)
        await tell(path, denied)
        return
    edition = f"share:{asker.user}:{cause}"
    known = await parts.store.channels.find(asker.team, asker.channel)
    language = known.settings.language if known else asker.language
    in_language = await parts.library.recall(reading.paper.id, language) or reading
    card = messages.shared_card(
        user_id=asker.user,
        paper=in_language.paper,
        listed=in_language.listed,
        summary=in_language.summary,
        language=language,
    )
    paper_id = reading.paper.id
    planned = to_deliveries(asker.team, asker.channel, edition, [to_part(card, edition, paper_id)])
    if not await parts.store.outbox.plan(planned, now=parts.clock.now()):
        return
    report = await parts.courier.deliver(asker.team, asker.channel, edition)
    if report.sent:
        await tell(path, messages.shared(paper=reading.paper, language=asker.language))
    elif report.refused and report.refused[0][1] in _NOT_A_MEMBER:
        await respond_with(path, {**card.to_payload(), "response_type": "in_channel", "replace_original": False})
    elif report.refused:
        raise SlackRefused(method="chat.postMessage", error=report.refused[0][1])
    else:
        raise SlackUnreachable(method="chat.postMessage", reason="it did not say whether it took the message")


async def _denial(parts: Parts, asker: Asker) -> Denial | None:
    """Why the asker may not share where they are, asked of Slack at this moment."""
    directory, channel = parts.directory, asker.channel
    if channel is None or channel.startswith("D"):
        return Denial.NOT_A_CHANNEL
    try:
        actor = await directory.member(asker.user, channel)
    except SlackRefused as refused:
        if refused.values["error"] not in _HIDDEN:
            raise
        actor = await directory.person(asker.user)
    return share_denial(actor)
