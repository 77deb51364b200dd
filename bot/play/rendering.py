"""Slack's text formatting as pieces that templates write; pure, and all text in them is untrusted.

Outside rules: docs.slack.dev, messaging/formatting-message-text and reference/block-kit/blocks/rich-text-block.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from markdown_it import MarkdownIt

from bot.play.emoji import CHARACTERS
from bot.play.thumbnails import drawing_of
from bot.templating.catalogues import DEFAULT_LANGUAGE, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

Json = dict[str, Any]
Kind = Literal[
    "text", "bold", "italic", "strike", "code", "underline", "highlight",
    "link", "mention", "emoji", "color", "quote", "preformatted",
]  # fmt: skip

_SCHEMES = frozenset({"http", "https", "mailto"})
_STYLES: tuple[Kind, ...] = ("code", "strike", "italic", "bold", "underline", "highlight")
_FENCE = re.compile(r"```\n?(.+?)\n?```", re.DOTALL)
_QUOTED = re.compile(r"(?:^(?:&gt;|>) ?[^\n]*(?:\n|$))+", re.MULTILINE)
_QUOTE_SIGN = re.compile(r"^(?:&gt;|>) ?", re.MULTILINE)
_MARK = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<reference>[^<>\n]+)>"
    r"|(?<![\w*])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])"
    r"|(?<![\w~])~(?P<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])"
    r"|:(?P<emoji>[a-z0-9_+'-]{1,80}):"
    r"|(?P<address>https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"*_~`])"
)
_EMOJI = re.compile(r":([a-z0-9_+'-]{1,80}):")
_DATE_TOKEN = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a line: its own text, or the pieces inside it. `url` is only ever one that may be followed."""

    kind: Kind
    text: str = ""
    inside: tuple[Piece, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person who looks: names replace IDs, times are in their `zone`. `people` and `channels` are by ID.

    The page speaks their `language`.
    """

    person: str
    zone: ZoneInfo
    people: Mapping[str, str]
    channels: Mapping[str, str]
    language: str = DEFAULT_LANGUAGE


def decoded(text: str) -> str:
    """A text as Slack decodes it: the three entities and no other."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain(text: str, *, emoji: bool = True) -> tuple[Piece, ...]:
    """The `text` of a plain_text object."""
    if not emoji:
        return (Piece("text", decoded(text)),)
    return tuple(_with_emoji(text))


def mrkdwn(text: str, viewer: Viewer, *, verbatim: bool = False) -> tuple[Piece, ...]:
    """The `text` of a mrkdwn object, or of a message without blocks. Bare addresses become links unless `verbatim`."""
    return tuple(_fenced(text, viewer, links=not verbatim))


def text_of(words: Json, viewer: Viewer) -> tuple[Piece, ...]:
    """A text object of either kind."""
    if words.get("type") == "mrkdwn":
        return mrkdwn(words["text"], viewer, verbatim=words.get("verbatim", False))
    return plain(str(words.get("text", "")), emoji=words.get("emoji", True))


def rich(elements: Iterable[Json], viewer: Viewer) -> tuple[Piece, ...]:
    """The elements of a rich_text section, quote or preformatted; their texts are taken as they stand."""
    return tuple(_styled(_rich_piece(element, viewer), element.get("style")) for element in elements)


class _Markdown(MarkdownIt):
    """Markdown without images and HTML, whose links lead only to allowed addresses."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "breaks": True})
        self.enable(["table", "strikethrough"]).disable("image")
        self.add_render_rule("link_open", _open_elsewhere)

    def validateLink(self, url: str) -> bool:  # noqa: N802 - so it is called there
        """Whether a link may be followed."""
        return bool(safe_url(url))


def _open_elsewhere(renderer: RendererHTML, tokens: list[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    tokens[index].attrs |= {"target": "_blank", "rel": "noopener noreferrer"}
    return renderer.renderToken(tokens, index, options, env)


_MARKDOWN = _Markdown()


def markdown(text: str) -> str:
    """The HTML of a markdown block: no HTML of its own passes through, and nothing is fetched."""
    html: str = _MARKDOWN.render(text)
    return html


def safe_url(url: str) -> str:
    """The address when it may be followed (http, https, mailto), else nothing."""
    try:
        return url if urlsplit(url).scheme in _SCHEMES else ""
    except ValueError:
        return ""


def moment(timestamp: float, template: str, zone: ZoneInfo) -> str:
    """Slack's date tokens, `{date_short} at {time}`, filled in; unknown ones stay."""
    at = datetime.fromtimestamp(timestamp, zone)
    tokens = {
        "date": f"{at:%B} {at.day}, {at.year}",
        "date_num": f"{at:%Y-%m-%d}",
        "date_slash": f"{at:%m/%d/%Y}",
        "date_short": f"{at:%b} {at.day}, {at.year}",
        "date_long": f"{at:%A}, {at:%B} {at.day}, {at.year}",
        "day_divider_pretty": f"{at:%A}, {at:%B} {at.day}",
        "time": _clock_time(at),
        "time_secs": f"{at:%H:%M:%S}",
    }
    tokens |= {f"{name}_pretty": tokens[name] for name in ("date", "date_short", "date_long")}
    return _DATE_TOKEN.sub(lambda found: tokens.get(found[1], found[0]), template)


def _clock_time(at: datetime) -> str:
    return f"{at:%I:%M %p}".lstrip("0")


def _fenced(text: str, viewer: Viewer, *, links: bool) -> Iterator[Piece]:
    end = 0
    for found in _FENCE.finditer(text):
        yield from _quoted(text[end : found.start()], viewer, links=links)
        yield Piece("preformatted", decoded(found[1]))
        end = found.end()
    yield from _quoted(text[end:], viewer, links=links)


def _quoted(text: str, viewer: Viewer, *, links: bool) -> Iterator[Piece]:
    end = 0
    for found in _QUOTED.finditer(text):
        yield from _lines(text[end : found.start()], viewer, links=links)
        inside = _QUOTE_SIGN.sub("", found[0]).rstrip("\n")
        yield Piece("quote", inside=tuple(_lines(inside, viewer, links=links)))
        end = found.end()
    yield from _lines(text[end:], viewer, links=links)


def _lines(text: str, viewer: Viewer, *, links: bool) -> Iterator[Piece]:
    end = 0
    for found in _MARK.finditer(text):
        if found.start() > end:
            yield Piece("text", decoded(text[end : found.start()]))
        yield _marked(found, viewer, links=links)
        end = found.end()
    if text[end:]:
        yield Piece("text", decoded(text[end:]))


def _marked(found: re.Match[str], viewer: Viewer, *, links: bool) -> Piece:
    kind, inside = found.lastgroup, found[found.lastgroup or 0]
    match kind:
        case "bold" | "italic" | "strike":
            return Piece(kind, inside=tuple(_lines(inside, viewer, links=links)))
        case "code":
            return Piece("code", inside=(Piece("text", decoded(inside)),))
        case "reference":
            return _reference(inside, viewer)
        case "emoji":
            return _emoji(inside)
        case _:
            address = decoded(inside)
            return _link(address, address) if links else Piece("text", address)


def _reference(inside: str, viewer: Viewer) -> Piece:
    target, _, label = inside.partition("|")
    match target[:1]:
        case "@":
            return Piece("mention", "@" + viewer.people.get(target[1:], label or target[1:]))
        case "#":
            return Piece("mention", "#" + viewer.channels.get(target[1:], label or target[1:]))
        case "!":
            return _special(target[1:], label, viewer)
        case _:
            return _link(decoded(target), decoded(label) or decoded(target.removeprefix("mailto:")))


def _special(target: str, label: str, viewer: Viewer) -> Piece:
    name, *more = target.split("^")
    if name in {"here", "channel", "everyone"}:
        return Piece("mention", f"@{name}")
    if name == "date" and len(more) >= 2 and more[0].isascii() and more[0].isdigit() and len(more[0]) <= 11:
        date = moment(int(more[0]), decoded(more[1]), viewer.zone)
        return _link(decoded(more[2]), date) if len(more) > 2 else Piece("text", date)
    return Piece("mention", decoded(label) or f"@{name}")


def _link(url: str, label: str) -> Piece:
    if not safe_url(url):
        return Piece("text", label)
    return Piece("link", inside=tuple(_with_emoji(label, entities=False)), url=url)


def _with_emoji(text: str, *, entities: bool = True) -> Iterator[Piece]:
    for number, part in enumerate(_EMOJI.split(text)):
        if number % 2:
            yield _emoji(part)
        elif part:
            yield Piece("text", decoded(part) if entities else part)


def _emoji(name: str) -> Piece:
    return Piece("emoji", CHARACTERS[name]) if name in CHARACTERS else Piece("text", f":{name}:")


def _rich_piece(element: Json, viewer: Viewer) -> Piece:
    match element:
        case {"type": "text", "text": str(text)}:
            return Piece("text", text)
        case {"type": "link", "url": str(url)}:
            label = Piece("text", element.get("text") or url)
            return Piece("link", inside=(label,), url=url) if safe_url(url) else label
        case {"type": "emoji", "name": str(name)}:
            return _emoji(name)
        case {"type": "user", "user_id": str(person)}:
            return Piece("mention", "@" + viewer.people.get(person, person))
        case {"type": "channel", "channel_id": str(channel)}:
            return Piece("mention", "#" + viewer.channels.get(channel, channel))
        case {"type": "broadcast", "range": str(whom)}:
            return Piece("mention", f"@{whom}")
        case {"type": "usergroup", "usergroup_id": str(group)} | {"type": "team", "team_id": str(group)}:
            return Piece("mention", f"@{group}")
        case {"type": "color", "value": str(value)}:
            return Piece("color", value)
        case {"type": "date", "timestamp": int(timestamp), "format": str(template)} if abs(timestamp) < 10**11:
            date = Piece("text", moment(timestamp, template, viewer.zone))
            url = safe_url(element.get("url", ""))
            return Piece("link", inside=(date,), url=url) if url else date
        case _:
            return Piece("text", str(element.get("fallback") or f"[{element.get('type')}]"))


def _styled(piece: Piece, style: Json | None) -> Piece:
    for kind in _STYLES:
        if style and style.get(kind):
            piece = Piece(kind, inside=(piece,))
    return piece


def vocabulary(viewer: Viewer) -> dict[str, object]:
    """The functions with which templates show a text as `viewer` sees it, by name."""
    return {
        "t": catalogue(viewer.language).t,
        "language": catalogue(viewer.language).language,
        "text_of": lambda words: text_of(words, viewer),
        "mrkdwn": lambda text: mrkdwn(text, viewer),
        "rich": lambda elements: rich(elements, viewer),
        "markdown": markdown,
        "safe_url": safe_url,
        "drawn": drawing_of,
        "as_json": as_json,
        "local_time": lambda timestamp: f"{datetime.fromtimestamp(timestamp, viewer.zone):%Y-%m-%dT%H:%M}",
        "people_offered": [*viewer.people.items()],
        "channels_offered": [(channel, f"#{name}") for channel, name in viewer.channels.items()],
    }


def as_json(value: object) -> str:
    """A value as the inspector prints it."""
    return json.dumps(value, ensure_ascii=False, indent=2)
