"""Slack messages in a terminal: the same blocks, rendered as characters."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.padding import Padding
from rich.rule import Rule
from rich.style import Style
from rich.table import Table
from rich.text import Text

from bot.rules.reading_list import POSITION_EMOJI

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from bot.messages.message import Message
    from bot.templating.blocks import Block

_EMOJI = {
    "bookmark": "🔖",
    **{name: f"{number}\ufe0f\u20e3" for number, name in enumerate(POSITION_EMOJI[:9], start=1)},
    POSITION_EMOJI[9]: "🔟",
}
_BUTTON = Style(bold=True, reverse=True)
_QUIET = Style(dim=True)
_ADDRESS = Style(underline=True)


def render(
    blocks: Sequence[Block], *, people: Mapping[str, str] | None = None, addresses: bool = False
) -> RenderableType:
    """Blocks as something rich can print; links become a terminal's own.

    `people` gives names for user ids; with `addresses` a link's address also follows its text.
    """
    return Group(*_rendered(blocks, people or {}, addresses))


def as_text(message: Message, width: int = 80) -> str:
    """A message as lines of plain text, at most `width` columns wide, with links' addresses and no colours."""
    console = Console(file=StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(render(message.blocks, addresses=True))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def _rendered(blocks: Sequence[Block], people: Mapping[str, str], addresses: bool) -> Iterator[RenderableType]:
    before = None
    for block in _unfolded(blocks):
        if before and not _belongs_to(before, block):
            yield Text()
        yield from _block(block, people, addresses)
        before = block


def _unfolded(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks with what containers fold up in their place: there is nothing to open in a terminal."""
    for block in blocks:
        yield from block["child_blocks"] if block["type"] == "container" else [block]


def _belongs_to(before: Block, block: Block) -> bool:
    return (
        block["type"] == "context"
        or before["type"] == "header"
        or (before["type"], block["type"]) == ("rich_text", "section")
    )


def _block(block: Block, people: Mapping[str, str], addresses: bool) -> Iterator[RenderableType]:
    match block:
        case {"type": "header", "text": text}:
            yield Text(text["text"], style=Style(bold=True))
        case {"type": "rich_text", "elements": elements}:
            for element in elements:
                yield _rich(element, people, addresses)
        case {"type": "section", "accessory": {"type": "button"} as button, "text": text}:
            beside = Table.grid(expand=True, padding=(0, 2))
            beside.add_column(ratio=1)
            beside.add_column(no_wrap=True)
            beside.add_row(Text(_plain(text)), _button(button))
            yield beside
        case {"type": "section", "text": text}:
            yield Text(_plain(text))
        case {"type": "context", "elements": elements}:
            yield Text(" ".join(_plain(element) for element in elements if "text" in element), style=_QUIET)
        case {"type": "actions", "elements": elements}:
            yield Text("  ").join(_button(element) for element in elements)
        case {"type": "context_actions", "elements": elements}:
            sides = (each[side] for each in elements for side in ("positive_button", "negative_button") if side in each)
            yield Text("  ").join(_button(side) for side in sides)
        case {"type": "divider"}:
            yield Rule(style=_QUIET)


def _rich(element: Block, people: Mapping[str, str], addresses: bool) -> RenderableType:
    if element["type"] == "rich_text_quote":
        return Padding(_line(element, people, addresses), (0, 0, 0, 2))
    if element["type"] != "rich_text_list":
        return _line(element, people, addresses)
    items = Table.grid(padding=(0, 1))
    items.add_column(justify="right", no_wrap=True)
    items.add_column()
    for number, item in enumerate(element["elements"], start=1):
        items.add_row(f"{number}." if element["style"] == "ordered" else "•", _line(item, people, addresses))
    return Padding(items, (0, 0, 0, 1))


def _line(section: Block, people: Mapping[str, str], addresses: bool) -> Text:
    line = Text()
    for element in section["elements"]:
        styles = element.get("style", {})
        style = Style(bold=styles.get("bold"), italic=styles.get("italic"), reverse=styles.get("code"))
        match element:
            case {"type": "text", "text": text}:
                line.append(text, style)
            case {"type": "link", "url": url, "text": text}:
                line.append(text, style + _ADDRESS + Style(link=url))
                if addresses:
                    line.append(f" <{url}>")
            case {"type": "user", "user_id": user_id}:
                line.append(f"@{people.get(user_id, user_id)}", Style(bold=True))
            case {"type": "channel", "channel_id": channel_id}:
                line.append(f"#{channel_id}", Style(bold=True))
    return line


def _button(element: Block) -> Text:
    label = "⋯" if element.get("type") == "overflow" else (element.get("text") or element["placeholder"])["text"]
    return Text.assemble((f"[ {label} ]", _BUTTON))


def _plain(text: Block) -> str:
    shown = str(text["text"])
    if text.get("emoji"):
        for name, character in _EMOJI.items():
            shown = shown.replace(f":{name}:", character)
    return shown
