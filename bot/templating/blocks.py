"""The vocabulary templates build Slack messages with: a function for each thing Block Kit can show.

Each function returns one line of JSON, so a template needs no commas, braces or quotes; what belongs inside a block is
what its `{% call %}` body holds. Words from outside only ever become `plain_text` or rich-text elements, whose text
Slack takes literally: `<!channel>`, `A*` and `$L_2$` stay what they are (docs.slack.dev, formatting-message-text).

The blocks are plain dictionaries in the shape of docs.slack.dev, reference/block-kit: a card is the body of an
acknowledgement, and slack_sdk's models, which look up their validators for every object, take several times as long.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.templating.catalogues import Catalogue

Block = dict[str, Any]

_FALLBACK = "fallback"
_VIEW = "view"
_LONGEST_PIECE = 3_000
Options = Sequence[tuple[str, str]]
_as_json = json.JSONEncoder(ensure_ascii=False).encode


def vocabulary(catalogue: Catalogue) -> Mapping[str, object]:
    """The functions and values of Slack templates, in the words of one language."""

    def phrase(key: str, **values: object) -> Markup:
        """A sentence of the catalogue inside a line; its values may be elements, such as a link."""
        line, plain = Markup(""), ""
        for piece in catalogue.pieces(key, **values):
            if isinstance(piece, Markup):
                line, plain = line + words(plain) + piece, ""
            else:
                plain += piece
        return line + words(plain)

    return {
        "t": catalogue.t,
        "listed": catalogue.listed,
        "phrase": phrase,
        "long_date": catalogue.long_date,
        "short_date": catalogue.short_date,
        "language_name": catalogue.language_name,
        **{
            function.__name__: function
            for function in (
                *(fallback, header, line, quotation, ordered, bulleted, item, preformatted),
                *(section, quiet, actions, divider),
                *(words, link, person, channel_link, image, button, menu, option, picker),
                *(
                    view,
                    field,
                    time_picker,
                    number_field,
                    text_field,
                    text_area,
                    choice,
                    grouped_choice,
                    radio,
                    checkboxes,
                ),
            )
        },
    }


def read_message(rendered: str) -> tuple[str, tuple[Block, ...]]:
    """The top-level text and the blocks that a rendered template holds. Raises `ValueError` when a line is neither."""
    parts = _elements(rendered)
    text = next(part[_FALLBACK] for part in parts if _FALLBACK in part)
    return text, tuple(part for part in parts if _FALLBACK not in part)


def read_view(rendered: str) -> Block:
    """The view that a rendered template holds. Raises `ValueError` when it does not say once what view it is."""
    parts = _elements(rendered)
    (about,) = (part[_VIEW] for part in parts if _VIEW in part)
    return {**about, "blocks": [part for part in parts if _VIEW not in part]}


def text_length(part: object) -> int:
    """The number of characters that people read in blocks."""
    if isinstance(part, dict):
        return sum(
            len(value) if name == "text" and isinstance(value, str) else text_length(value)
            for name, value in part.items()
        )
    return sum(map(text_length, part)) if isinstance(part, list | tuple) else 0


def fallback(caller: Callable[[], str]) -> Markup:
    """The top-level text, which notifications and screen readers use; the body is escaped, not built of elements.

    Slack decodes only `&amp;`, `&lt;` and `&gt;`, so the quotes that autoescaping also wrote are put back.
    """
    text = " ".join(str(caller()).split()).replace("&#34;", '"').replace("&#39;", "'")
    return _line({_FALLBACK: text})


def header(text: str) -> Markup:
    """A large heading of at most 150 characters."""
    return _line({"type": "header", "text": _plain(text)})


def line(caller: Callable[[], str]) -> Markup:
    """A paragraph of inline elements."""
    return _rich_text(_paragraph(caller))


def quotation(source: str, text: str) -> Markup:
    """A text set off as somebody else's words, taken literally, below the name of where it stands."""
    above = {"type": "rich_text_section", "elements": [_styled({"type": "text", "text": source}, bold=True)]}
    quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": text}]}
    return _line({"type": "rich_text", "elements": [above, quote]})


def ordered(caller: Callable[[], str]) -> Markup:
    """A numbered list of items."""
    return _list("ordered", caller)


def bulleted(caller: Callable[[], str]) -> Markup:
    """A list of items."""
    return _list("bullet", caller)


def item(caller: Callable[[], str]) -> Markup:
    """A list's item, made of inline elements."""
    return _paragraph(caller)


def preformatted(text: str) -> Markup:
    """Lines to copy, in letters of one width; taken literally. Long ones are in pieces that stand as one."""
    pieces = [text[start : start + _LONGEST_PIECE] for start in range(0, len(text), _LONGEST_PIECE)] or [""]
    lines = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": piece} for piece in pieces]}
    return _line({"type": "rich_text", "elements": [lines]})


def section(text: str, caller: Callable[[], str] | None = None) -> Markup:
    """Plain text, with at most one thing beside it: an image, a button or a menu."""
    block = {"type": "section", "text": _plain(text)}
    for accessory in _elements(caller()) if caller else ():
        block["accessory"] = accessory
    return _line(block)


def quiet(text: str, emoji: bool = False, name: str | None = None) -> Markup:
    """Small grey plain text. `emoji` lets `:bookmark:` become 🔖; only for text of our own.

    One that is known by its `name` can be taken out of a message again.
    """
    named = {"block_id": name} if name else {}
    return _line({"type": "context", **named, "elements": [_plain(text, emoji=emoji)]})


def actions(caller: Callable[[], str], *, name: str | None = None) -> Markup:
    """A row of buttons and menus; one that is known by its `name` can be rendered in another way."""
    named = {"block_id": name} if name else {}
    return _around({"type": "actions", **named}, "elements", caller)


def divider() -> Markup:
    """A thin rule."""
    return _line({"type": "divider"})


def words(text: str, *, bold: bool = False, italic: bool = False, code: bool = False) -> Markup:
    """Inline: text, taken literally."""
    if not text:
        return Markup("")
    return _line(_styled({"type": "text", "text": text}, bold=bold, italic=italic, code=code))


def link(url: str, text: str, *, bold: bool = False) -> Markup:
    """Inline: a link, whose text is taken literally."""
    return _line(_styled({"type": "link", "url": url, "text": text}, bold=bold))


def person(user_id: str) -> Markup:
    """Inline: a mention of a person."""
    return _line({"type": "user", "user_id": user_id})


def channel_link(channel_id: str) -> Markup:
    """Inline: a channel by its name, as the reader may see it."""
    return _line({"type": "channel", "channel_id": channel_id})


def image(url: str, alt: str) -> Markup:
    """A picture beside a section; `alt` says what it shows to those who cannot see it."""
    return _line({"type": "image", "image_url": url, "alt_text": alt})


def button(
    text: str,
    action_id: str,
    *,
    value: str | None = None,
    url: str | None = None,
    style: str | None = None,
    label: str | None = None,
    confirm: Sequence[str] | None = None,
) -> Markup:
    """A button of at most 75 characters; `label` is what a screen reader says instead of its text.

    `confirm` is asked before anything happens: a title, a text, and the words of yes and no.
    """
    asked = dict(zip(("title", "text", "confirm", "deny"), map(_plain, confirm), strict=True)) if confirm else None
    optional = {"value": value, "url": url, "style": style, "accessibility_label": label, "confirm": asked}
    given = {name: setting for name, setting in optional.items() if setting is not None}
    return _line({"type": "button", "action_id": action_id, "text": _plain(text), **given})


def menu(action_id: str, caller: Callable[[], str]) -> Markup:
    """The ⋯ menu of one to five options."""
    return _around({"type": "overflow", "action_id": action_id}, "options", caller)


def option(text: str, value: str, *, url: str | None = None) -> Markup:
    """A menu's option; with a `url` choosing it also opens that page."""
    return _line({"text": _plain(text), "value": value, **({"url": url} if url else {})})


def picker(placeholder: str, action_id: str, options: Options, *, chosen: str | None = None) -> Markup:
    """A menu of at most 100 values and their words that acts as soon as one is `chosen`, other than the one that is."""
    element = {"type": "static_select", "action_id": action_id, "placeholder": _plain(placeholder)}
    initial = {} if chosen is None else _initial(options, chosen)
    return _line({**element, "options": _options(options), **initial})


def view(
    title: str | None = None,
    submit: str | None = None,
    close: str | None = None,
    *,
    type: Literal["modal", "home"] = "modal",  # noqa: A002 - Slack's name for it
) -> Markup:
    """Declare the kind of view the blocks make, and a modal's title and buttons, of at most 24 characters each.

    Raises `ValueError` for a modal without a title and for a Home tab with one (docs.slack.dev, reference/views).
    """
    given = {name: text for name, text in (("title", title), ("submit", submit), ("close", close)) if text is not None}
    if ("title" in given) is not (type == "modal") or (type == "home" and given):
        raise ValueError(f"a view of type {type} with {', '.join(given) or 'no title'}")
    return _line({_VIEW: {"type": type, **{name: _plain(text) for name, text in given.items()}}})


def field(
    label: str, name: str, caller: Callable[[], str], *, hint: str | None = None, optional: bool = False
) -> Markup:
    """Something to fill in, found again under its `name`."""
    (element,) = _elements(caller())
    named = {**element, "action_id": name}
    block: Block = {"type": "input", "block_id": name, "label": _plain(label), "element": named}
    if hint:
        block["hint"] = _plain(hint)
    return _line({**block, "optional": True} if optional else block)


def time_picker(chosen: str) -> Markup:
    """A field's element: a time of day, HH:MM."""
    return _line({"type": "timepicker", "initial_time": chosen})


def number_field(chosen: int, least: int, most: int) -> Markup:
    """A field's element: a whole number."""
    bounds = {"min_value": str(least), "max_value": str(most), "initial_value": str(chosen)}
    return _line({"type": "number_input", "is_decimal_allowed": False, **bounds})


def text_field(written: str, most: int) -> Markup:
    """A field's element: a line of at most `most` characters."""
    element: Block = {"type": "plain_text_input", "max_length": most}
    return _line({**element, "initial_value": written} if written else element)


def text_area(written: str, most: int) -> Markup:
    """A field's element: lines of at most `most` characters in all."""
    element: Block = {"type": "plain_text_input", "multiline": True, "max_length": most}
    return _line({**element, "initial_value": written} if written else element)


def choice(options: Options, chosen: str) -> Markup:
    """A field's element: a menu of values and their words, one of them chosen."""
    return _line({"type": "static_select", "options": _options(options), **_initial(options, chosen)})


def grouped_choice(groups: Sequence[tuple[str, Options]], chosen: str) -> Markup:
    """A field's element: a menu whose options stand under headings."""
    shown = [{"label": _plain(label), "options": _options(options)} for label, options in groups]
    every = [option for _, options in groups for option in options]
    return _line({"type": "static_select", "option_groups": shown, **_initial(every, chosen)})


def radio(options: Options, chosen: str = "") -> Markup:
    """A field's element: all options to be seen, one of them chosen; none where `chosen` names none."""
    return _line({"type": "radio_buttons", "options": _options(options), **_initial(options, chosen)})


def checkboxes(options: Options, chosen: Sequence[str]) -> Markup:
    """A field's element: options of which any may be ticked."""
    ticked = _options([option for option in options if option[0] in chosen])
    element: Block = {"type": "checkboxes", "options": _options(options)}
    return _line({**element, "initial_options": ticked} if ticked else element)


def _options(options: Options) -> list[Block]:
    return [{"text": _plain(text), "value": value} for value, text in options]


def _initial(options: Options, chosen: str) -> Block:
    found = [option for option in _options(options) if option["value"] == chosen]
    return {"initial_option": found[0]} if found else {}


def _list(style: str, caller: Callable[[], str]) -> Markup:
    return _rich_text(_around({"type": "rich_text_list", "style": style}, "elements", caller))


def _rich_text(part: str) -> Markup:
    return Markup(f'{{"type": "rich_text", "elements": [{part.strip()}]}}\n')  # noqa: S704 - JSON of elements


def _paragraph(caller: Callable[[], str]) -> Markup:
    return _around({"type": "rich_text_section"}, "elements", caller)


def _plain(text: str, *, emoji: bool = False) -> Block:
    return {"type": "plain_text", "text": text, "emoji": emoji}


def _styled(element: Block, **styles: bool) -> Block:
    used = {name: True for name, wanted in styles.items() if wanted}
    return {**element, "style": used} if used else element


def _line(element: Block) -> Markup:
    return Markup(_as_json(element) + "\n")  # noqa: S704 - JSON of literal text, never markup


def _around(block: Block, part: str, caller: Callable[[], str]) -> Markup:
    """A block whose `part` is what a body holds: lines of JSON, which are put into it as they are.

    What is inside of blocks inside of blocks would else be read and written once for each. A body that is no JSON is
    told of when the whole is read.
    """
    inside = ", ".join(_lines(caller()))
    return Markup(f'{_as_json(block)[:-1]}, "{part}": [{inside}]}}\n')  # noqa: S704 - JSON of elements


def _elements(rendered: str) -> list[Block]:
    return [json.loads(line) for line in _lines(rendered)]


def _lines(rendered: str) -> list[str]:
    # Not splitlines(): JSON leaves U+2028 and its like as they are.
    return [line for line in str(rendered).split("\n") if line and not line.isspace()]
