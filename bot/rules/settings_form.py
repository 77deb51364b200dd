"""The form of a channel's settings: which step of it is shown, and what somebody filled in, read and checked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot.rules.channel_changes import is_changeable, possible_actions, starts_when_saved
from bot.rules.channels import ChannelSettings, DayChoice, EmptyDays, Layout, Managers, Recap
from bot.rules.due import read_time_of_day
from bot.text.clean import clean_text, shorten
from bot.text.languages import read_language_code
from bot.text.zones import is_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import time

    from bot.rules.channels import Channel, ChannelState

MOST_PAPERS = 50
MOST_VOTES = 100_000
MOST_WORDS = 30
LONGEST_WORD = 60
MOST_SKIPPED = 366

_SEPARATORS = re.compile(r"[,;\n、，；]+")
_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*(?:\.\.|–|—|~)\s*(\d{4}-\d\d-\d\d))?")


class Step(StrEnum):
    """A step of the form, in the order in which they come; the values are on buttons and never change."""

    WHEN = "when"
    WHAT = "what"
    LOOK = "look"


# The settings each step asks for, in its order.
SETTINGS_OF: Mapping[Step, tuple[str, ...]] = MappingProxyType(
    {
        Step.WHEN: ("post_at", "timezone", "weekdays", "skip_dates", "empty_days", "recap"),
        Step.WHAT: (
            *("day_choice", "top", "minimum_votes", "include_words", "exclude_words"),
            *("late_risers", "team_recap"),  # in one field, `also_post`
        ),
        Step.LOOK: ("language", "second_language", "layout", "unfurl", "link_previews", "managers"),
    }
)


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A channel's form while it is open: Slack keeps this with the form and sends it back (`private_metadata`).

    It asks for one `step`, or for everything when that is None, as the form of release 0.5.0 did. Once it is saved the
    next step is shown if it `leads_on`. `changed` names the settings that somebody changed in it before, when it came
    back because it could not be saved. At `response_url` Slack takes what is to stand in the place of the message it
    was opened from, for half an hour (docs.slack.dev, handling user interaction).
    """

    channel: str
    step: Step | None = None
    leads_on: bool = False
    changed: frozenset[str] = frozenset()
    response_url: str | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps it asks for."""
        return (self.step,) if self.step else tuple(Step)

    @property
    def next(self) -> OpenForm | None:
        """The form that takes its place once it is saved; None after the last."""
        steps = tuple(Step)
        later = steps[steps.index(self.step) + 1 :] if self.step and self.leads_on else ()
        return replace(self, step=later[0], changed=frozenset()) if later else None

    @property
    def completes(self) -> bool:
        """Whether everything was asked for once it is saved, so that a channel that is not set up can be started."""
        return self.step is None or (self.leads_on and self.next is None)

    def to_metadata(self) -> str:
        """The form as JSON, for Slack to keep."""
        about: dict[str, object] = {"channel": self.channel}
        if self.step:
            about |= {"step": self.step, "leads_on": self.leads_on}
        if self.changed:
            about["changed"] = sorted(self.changed)
        if self.response_url:
            about["response_url"] = self.response_url
        return json.dumps(about)

    @classmethod
    def parse(cls, metadata: str) -> OpenForm:
        """The form that Slack kept as `to_metadata` or release 0.5.0 wrote it. Raises `ValueError`, `KeyError`."""
        about = json.loads(metadata)
        step = Step(about["step"]) if "step" in about else None
        changed = frozenset(about.get("changed", ()))
        return cls(about["channel"], step, bool(about.get("leads_on")), changed, about.get("response_url"))


def form_to_open(
    channel: str, state: ChannelState, step: Step | None, *, response_url: str | None = None, is_ephemeral: bool = False
) -> OpenForm:
    """The form for somebody who wants to change a `step` of a channel, or everything.

    A channel that is yet to be started is led through all of them. The message it is opened from, which has that
    `response_url`, is brought up to date once it is saved, but for a welcome, which changes without it.
    """
    starts = starts_when_saved(state)
    refreshed = response_url if is_ephemeral or not starts else None
    if step is None or starts:
        return OpenForm(channel, Step.WHEN, leads_on=True, response_url=refreshed)
    return OpenForm(channel, step, response_url=refreshed)


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
    values = {name: actions[name] or {} for name, actions in state.items() if name in actions}
    mistakes: list[Mistake] = []
    found: dict[str, Any] = {}

    def note(mistake: Mistake) -> None:
        mistakes.append(mistake)

    def chosen(name: str) -> str:
        option = values[name].get("selected_option") or {}
        return str(option.get("value") or getattr(before, name) or "")

    def ticked(name: str) -> set[str]:
        return {str(option.get("value")) for option in values[name].get("selected_options") or ()}

    def typed(name: str) -> str:
        return str(values[name].get("value") or "")

    def number(name: str, least: int, most: int) -> int:
        text = typed(name).strip() or str(least)
        if text.isascii() and text.isdecimal() and least <= int(text[:9]) <= most:
            return int(text)
        note(Mistake(name, f"form.{name}", shorten(text, 20)))
        return least

    for name in values:
        match name:
            case "post_at":
                found[name] = _time(values[name].get("selected_time"), note) or before.post_at
            case "timezone":
                found[name] = chosen(name)
                if not is_zone(found[name]):
                    note(Mistake(name, "form.timezone", shorten(found[name], 60)))
            case "weekdays":
                found[name] = frozenset(map(int, ticked(name) & {"0", "1", "2", "3", "4", "5", "6"}))
                if not found[name]:
                    note(Mistake(name, "form.weekdays"))
            case "language":
                found[name] = read_language_code(chosen(name)) or before.language
            case "second_language":
                found[name] = read_language_code(chosen(name))
            case "top":
                found[name] = number(name, 1, MOST_PAPERS)
            case "minimum_votes":
                found[name] = number(name, 0, MOST_VOTES)
            case "skip_dates":
                found[name] = _dates(typed(name), note)
            case "include_words" | "exclude_words":
                found[name] = _words(name, typed(name), note)
            case "layout" | "day_choice" | "empty_days" | "recap" | "managers":
                found[name] = _CHOICES[name](chosen(name))
            case "late_risers" | "unfurl" | "link_previews":
                found[name] = name in ticked(name)
            case "also_post":
                found |= {each: each in ticked(name) for each in ("late_risers", "team_recap")}
            case "extras":  # both in one field, as release 0.5.0 asked for them
                found |= {each: each in ticked(name) for each in ("late_risers", "unfurl")}
            case _:
                continue
    return mistakes or with_changes(before, found)


_CHOICES: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {"layout": Layout, "day_choice": DayChoice, "empty_days": EmptyDays, "recap": Recap, "managers": Managers}
)


def with_changes(settings: ChannelSettings, changes: Mapping[str, Any]) -> ChannelSettings:
    """The settings with other values of those named; a second language that is also the first one is none."""
    changed = replace(settings, **changes)
    return replace(changed, second_language=None) if changed.second_language == changed.language else changed


def read_changes(
    view: Mapping[str, Any], current: ChannelSettings, *, changed_before: Collection[str] = ()
) -> dict[str, Any] | list[Mistake]:
    """The settings that somebody changed in a submitted modal, by name, or all that is wrong with the form.

    What they left as it came to them is none of it, so that two people with the form open do not undo each other.
    A form that came back because it could not be saved shows what they had changed: those settings are named in
    `changed_before`, and count as changed again.
    """
    values = view["state"]["values"]
    filled_in = read_form(values, current)
    if isinstance(filled_in, list):
        return filled_in
    initial = _initial_values(view["blocks"])
    shown = read_form({name: initial[name] for name in values if name in initial}, current)
    before = current if isinstance(shown, list) else shown
    return {
        each.name: getattr(filled_in, each.name)
        for each in fields(ChannelSettings)
        if each.name in changed_before or getattr(filled_in, each.name) != getattr(before, each.name)
    }


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


_BUTTONS_FOR: Mapping[str, tuple[str, ...]] = {
    "pause": ("pause",),
    "unsubscribe": ("pause",),
    "skip": ("skip", "unskip"),
    "resume": ("resume", "use_defaults"),
    "subscribe": ("resume", "use_defaults"),
    "time": (f"change_{Step.WHEN}", "set_up"),
}


def button_for(wish: str, channel: Channel) -> str | None:
    """The name of the button that does what somebody typed they wish of a channel; None where there is none now.

    The wishes are those of `bot.rules.commands`.
    """
    wanted = _BUTTONS_FOR.get(wish, (f"change_{Step.WHAT}", "set_up"))
    steps = [f"change_{step}" for step in Step] if is_changeable(channel.state) else []
    return next((name for name in wanted if name in {*possible_actions(channel), *steps}), None)
