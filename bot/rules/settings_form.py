"""The form of a channel's settings, read and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from bot.rules.channels import ChannelSettings, DayChoice, EmptyDays, Layout, Managers, Recap
from bot.rules.due import read_time_of_day
from bot.text.clean import clean_text, shorten
from bot.text.languages import read_language_code
from bot.text.zones import is_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import time

MOST_PAPERS = 50
MOST_VOTES = 100_000
MOST_WORDS = 30
LONGEST_WORD = 60
MOST_SKIPPED = 366
# The value of the choice of no second language; it is no language code.
_NO_LANGUAGE = "none"

_SEPARATORS = re.compile(r"[,;\n、，；]+")
_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*(?:\.\.|–|—|~)\s*(\d{4}-\d\d-\d\d))?")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A value of a form that cannot be used: the field's name, the catalogue key of the reason, and the text itself."""

    field: str
    key: str
    text: str = ""


def read_form(state: Mapping[str, Any], before: ChannelSettings) -> ChannelSettings | list[Mistake]:
    """The settings in a modal's `state.values` (docs.slack.dev, view payloads), or all that is wrong with them.

    Block and action are both named after the setting. What the form does not ask stays as it was `before`.
    """
    values = {name: actions[name] for name, actions in state.items() if name in actions}
    mistakes: list[Mistake] = []

    def note(mistake: Mistake) -> None:
        mistakes.append(mistake)

    def chosen(name: str, otherwise: str) -> str:
        option = (values.get(name) or {}).get("selected_option") or {}
        return str(option.get("value") or otherwise)

    def ticked(name: str) -> set[str]:
        return {str(option.get("value")) for option in (values.get(name) or {}).get("selected_options") or ()}

    def typed(name: str) -> str:
        return str((values.get(name) or {}).get("value") or "")

    def number(name: str, least: int, most: int) -> int:
        text = typed(name).strip() or str(least)
        if text.isascii() and text.isdecimal() and least <= int(text[:9]) <= most:
            return int(text)
        note(Mistake(name, f"form.{name}", shorten(text, 20)))
        return least

    zone = chosen("timezone", before.timezone)
    if not is_zone(zone):
        note(Mistake("timezone", "form.timezone", shorten(zone, 60)))
    weekdays = frozenset(int(day) for day in ticked("weekdays") if day in {"0", "1", "2", "3", "4", "5", "6"})
    if not weekdays:
        note(Mistake("weekdays", "form.weekdays"))
    extras = ticked("extras")
    second = read_language_code(chosen("second_language", _NO_LANGUAGE))
    language = read_language_code(chosen("language", before.language)) or before.language
    settings = ChannelSettings(
        post_at=_time((values.get("post_at") or {}).get("selected_time"), note) or before.post_at,
        timezone=zone,
        language=language,
        top=number("top", 1, MOST_PAPERS),
        weekdays=weekdays,
        skip_dates=_dates(typed("skip_dates"), note),
        second_language=None if second == language else second,
        minimum_votes=number("minimum_votes", 0, MOST_VOTES),
        include_words=_words("include_words", typed("include_words"), note),
        exclude_words=_words("exclude_words", typed("exclude_words"), note),
        layout=Layout(chosen("layout", before.layout)),
        day_choice=DayChoice(chosen("day_choice", before.day_choice)),
        empty_days=EmptyDays(chosen("empty_days", before.empty_days)),
        late_risers="late_risers" in extras,
        unfurl="unfurl" in extras,
        recap=Recap(chosen("recap", before.recap)),
        managers=Managers(chosen("managers", before.managers)),
    )
    return mistakes or settings


def merge_form(
    view: Mapping[str, Any], current: ChannelSettings, *, changed_before: Collection[str] = ()
) -> ChannelSettings | list[Mistake]:
    """The `current` settings with what somebody changed in a submitted modal, or all that is wrong with the form.

    What they left as it came to them stays as it is now, so that two people with the form open do not undo each other.
    A form that came back because it could not be saved shows what they had changed: those settings are named in
    `changed_before`, and count as changed again.
    """
    filled_in = read_form(view["state"]["values"], current)
    if isinstance(filled_in, list):
        return filled_in
    shown = read_form(_initial_values(view["blocks"]), current)
    if isinstance(shown, list):
        return filled_in
    changed = {
        each.name: getattr(filled_in, each.name)
        for each in fields(ChannelSettings)
        if each.name in changed_before or getattr(filled_in, each.name) != getattr(shown, each.name)
    }
    return replace(current, **changed)


def changed_settings(before: ChannelSettings, wanted: ChannelSettings) -> frozenset[str]:
    """The names of the settings in which two differ."""
    return frozenset(
        each.name for each in fields(ChannelSettings) if getattr(before, each.name) != getattr(wanted, each.name)
    )


def _initial_values(blocks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The `state.values` of a form nobody touched; Slack sends a view's blocks back as it got them."""
    elements = {block["block_id"]: block["element"] for block in blocks if block["type"] == "input"}
    return {
        name: {
            element["action_id"]: {
                "value": element.get("initial_value"),
                "selected_time": element.get("initial_time"),
                "selected_option": element.get("initial_option"),
                "selected_options": element.get("initial_options", []),
            }
        }
        for name, element in elements.items()
    }


def _time(text: object, note: Callable[[Mistake], None]) -> time | None:
    try:
        return read_time_of_day(str(text))
    except ValueError:
        note(Mistake("post_at", "form.post_at"))
        return None


def _words(name: str, text: str, note: Callable[[Mistake], None]) -> tuple[str, ...]:
    """Words as typed, each once."""
    words = [" ".join(clean_text(word).split()) for word in _SEPARATORS.split(text)]
    found = tuple({word.casefold(): word for word in words if word}.values())
    if len(found) > MOST_WORDS:
        note(Mistake(name, "form.too_many_words"))
    for word in found:
        if len(word) > LONGEST_WORD:
            note(Mistake(name, "form.long_word", shorten(word, LONGEST_WORD)))
    return found


def _dates(text: str, note: Callable[[Mistake], None]) -> tuple[date, ...]:
    """Dates and spans of dates (`2026-12-24..2027-01-02`), in order."""
    found: set[date] = set()
    for piece in _SEPARATORS.split(text):
        if not piece.strip():
            continue
        try:
            first, last = _span(piece.strip())
        except ValueError:
            note(Mistake("skip_dates", "form.not_a_date", shorten(clean_text(piece), 40)))
            continue
        if not timedelta(0) <= last - first < timedelta(days=MOST_SKIPPED):
            note(Mistake("skip_dates", "form.not_a_span", shorten(clean_text(piece), 40)))
            continue
        found |= {first + timedelta(days=number) for number in range((last - first).days + 1)}
    if len(found) > MOST_SKIPPED:
        note(Mistake("skip_dates", "form.too_many_dates"))
    return tuple(sorted(found))


def _span(text: str) -> tuple[date, date]:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    first = date.fromisoformat(match[1])
    return first, date.fromisoformat(match[2]) if match[2] else first


def written_dates(dates: tuple[date, ...]) -> str:
    """Dates as a person would type them into the form: runs of them as spans."""
    runs: list[list[date]] = []
    for day in dates:
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(f"{run[0]}..{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
