"""The parts of an edition: messages rendered for the outbox, and their deliveries to a conversation."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.rules.channels import Layout
from bot.rules.outbox import HEADER, Part, digest_part, plan_delivery
from bot.slack.sender import delivery_mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.messages.daily_digest import DigestMessage
    from bot.messages.message import Message
    from bot.rules.editions import Edition
    from bot.rules.outbox import Delivery, RenderedCard


def to_part(
    message: Message,
    edition: Edition,
    name: str,
    shows: tuple[str, ...] | None = None,
    *,
    card: RenderedCard | None = None,
    unfurl: bool = False,
) -> Part:
    """A message as a part of an edition; without `shows` it shows the paper it is named after."""
    payload = {**message.to_payload(), "metadata": delivery_mark(edition, name)}
    if unfurl:
        payload |= {"unfurl_links": True, "unfurl_media": True}
    return Part(name, json.dumps(payload, ensure_ascii=False), (name,) if shows is None else shows, card)


def to_digest_parts(
    messages: Sequence[DigestMessage], edition: Edition, papers: Sequence[str], *, is_alone: bool
) -> list[Part]:
    """The messages of a digest as parts of its edition; where it `is_alone`, they bring the papers without cards.

    Each shows all the `papers`, because a number means the same one on all of them.
    """
    parts = [
        to_part(each.message, edition, digest_part(number), tuple(papers)) for number, each in enumerate(messages, 1)
    ]
    if not is_alone:
        return parts
    return [replace(part, brings=each.papers) for part, each in zip(parts, messages, strict=True)]


def to_deliveries(
    team: str, channel: str, edition: Edition, parts: Sequence[Part], layout: Layout = Layout.THREAD
) -> list[Delivery]:
    """An edition's parts for one channel: the first opens it, the others are in its thread or follow it."""
    return [
        plan_delivery(
            team,
            channel,
            edition,
            part,
            position=position,
            thread_part=HEADER if position and layout is not Layout.CARDS else None,
        )
        for position, part in enumerate(parts)
    ]
