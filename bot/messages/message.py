"""A Slack message as a value, and what becomes of it when Slack refuses a part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.templating.environment import render_message
from bot.text.clean import shorten

if TYPE_CHECKING:
    from bot.templating.blocks import Block

_ONLY_WORDS = 2900


@dataclass(frozen=True, slots=True)
class Message:
    """A message to Slack: `text` for notifications and screen readers, in Slack's mrkdwn; `blocks` for everyone.

    `shows` are the ids of the papers that a reaction to it can mean, in order.
    """

    text: str
    blocks: tuple[Block, ...]
    shows: tuple[str, ...] = ()

    @classmethod
    def of(cls, template: str, language: str, **values: object) -> Message:
        """The message of a template, in a language."""
        return cls(*render_message(template, language, **values))

    def followed_by(self, other: Message) -> Message:
        """This message and another as one."""
        shows = tuple(dict.fromkeys((*self.shows, *other.shows)))
        return Message(f"{self.text} {other.text}", (*self.blocks, *other.blocks), shows)

    def to_payload(self) -> dict[str, Any]:
        """The `text` and `blocks` arguments of `chat.postMessage` and its like."""
        return {"text": self.text, "blocks": list(self.blocks)}


def only_words(payload: dict[str, Any]) -> dict[str, Any]:
    """This message as its top-level text alone: for when Slack refuses the blocks or their length."""
    kept = {name: value for name, value in payload.items() if name != "blocks"}
    return {**kept, "text": shorten(payload["text"], _ONLY_WORDS)}


def without_images(payload: dict[str, Any]) -> dict[str, Any]:
    """This message without any picture: for when Slack cannot fetch one and refuses the whole."""
    kept = (_without_image(block) for block in payload.get("blocks", ()))
    return {**payload, "blocks": [block for block in kept if block is not None]}


def _without_image(block: Block) -> Block | None:
    if block["type"] == "image":
        return None
    if block.get("accessory", {}).get("type") == "image":
        return {name: value for name, value in block.items() if name != "accessory"}
    if block["type"] == "context":
        elements = [element for element in block["elements"] if element["type"] != "image"]
        return {**block, "elements": elements} if elements else None
    return block
