"""The windows of the page: what each shows, and which parts changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bot.demo.bundled_days import A_PAPER, LINKED_PAPERS
from bot.play.conversation import (
    conversation,
    conversations_of,
    latest,
    one_of_conversation,
    one_of_thread,
    page_url,
    shortcuts_of,
    thread,
    viewer_of,
    words_for,
)
from bot.play.emoji import CHARACTERS, PICKER
from bot.play.first_steps import NEED_PAPERBOY, FirstStep
from bot.play.rendering import vocabulary
from bot.templating.environment import render_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from bot.play.first_steps import FirstSteps
    from bot.play.playground import Playground
    from bot.slack_emulator import Channel, Person, WorkspaceChange
    from bot.templating.catalogues import Catalogue

Json = dict[str, Any]
# As many as stand in two rows.
_STEPS_SHOWN = 4
PagePart = tuple[Literal["messages", "replies"], str] | str


@dataclass(frozen=True, slots=True)
class Window:
    """One person's view of the workspace: a channel, perhaps a thread beside it, or a `tab` of the bot."""

    person: Person
    channel: Channel
    thread: str
    tab: Literal["messages", "home"]


def start_over_question(words: Catalogue) -> Json:
    """The question asked before everything is deleted, in the form of Slack's confirmation dialogs."""
    parts = {"title": "start_over_title", "text": "start_over_text", "confirm": "start_over", "deny": "cancel"}
    question = {part: {"type": "plain_text", "text": words.t(f"play.{key}")} for part, key in parts.items()}
    return {**question, "style": "danger"}


def _script_words(words: Catalogue) -> dict[str, str]:
    """The words of the page's script; a number stands in the place of `#`."""
    said = ("restarted", "behind_thread", "end_of_thread", "end_of_channel")
    return {
        **{name: words.t(f"play.{name}") for name in said},
        "reply_of_one": words.t("play.replies", count=1),
        "replies_of_many": words.t("play.replies", count="#"),
    }


def _moment(moment: datetime, words: Catalogue) -> str:
    return words.t("play.moment", date=words.weekday_and_day(moment.date()), time=f"{moment:%H:%M}")


class Windows:
    """Renders windows and the parts of them that changed."""

    def __init__(self, playground: Playground, token: str, steps: FirstSteps) -> None:
        self._playground = playground
        self._steps = steps
        self._slack = playground.slack
        self._token = token
        self._read: dict[str, dict[str, str]] = {}

    def whole(self, window: Window, seen: int) -> str:
        """The page, showing everything up to change number `seen`."""
        slack = self._slack
        self._mark_read(window)
        return render_page(
            "page",
            messages=conversation(slack, window.person, window.channel.id),
            picker=[(name, CHARACTERS[name]) for name in PICKER],
            token=self._token,
            seen=seen,
            script_words=_script_words(words_for(window.person)),
            **self._common(window),
        )

    def thread(self, window: Window) -> str:
        """The thread beside the channel; nothing when none is open."""
        return render_page("thread", **self._common(window))

    def changed(self, window: Window, changes: Iterable[WorkspaceChange]) -> list[Json]:
        """The parts of the page that the browser must replace after these changes."""
        self._mark_read(window)
        parts: dict[PagePart, None] = dict.fromkeys(part for change in changes for part in self._parts(window, change))
        return [self._patch(window, part) for part in (*parts, "steps", "sidebar")]

    def _parts(self, window: Window, change: WorkspaceChange) -> Iterator[PagePart]:
        match change.kind:
            case "modal" | "home" if change.person == window.person.id:
                yield change.kind
            case "channel" if change.channel == window.channel.id:
                yield "head"
                yield "empty"
            case "private_message" if (change.person, change.channel) == (window.person.id, window.channel.id):
                yield "messages", change.ts or ""
                if window.thread:
                    yield "replies", change.ts or ""
            case "message_posted" | "message_changed" | "message_deleted" | "reaction_added" | "reaction_removed":
                if change.channel == window.channel.id and change.ts:
                    yield from self._around(window, change.ts)

    def _around(self, window: Window, ts: str) -> Iterator[PagePart]:
        """A message, where it stands; and the first of its thread, which counts the replies."""
        message = self._slack.message(window.channel.id, ts)
        first = message.thread_ts if message and message.thread_ts else window.thread
        yield "messages", ts
        if window.thread and window.thread == (first or ts):
            yield "replies", ts
        if first and first != ts:
            yield "messages", first

    def _patch(self, window: Window, part: PagePart) -> Json:
        if isinstance(part, str):
            return {"part": part, "html": render_page(part, **self._common(window))}
        where, ts = part
        person, channel = window.person, window.channel.id
        shown = (
            one_of_conversation(self._slack, person, channel, ts)
            if where == "messages"
            else one_of_thread(self._slack, person, channel, window.thread, ts)
        )
        words = vocabulary(viewer_of(self._slack, person))
        html = "" if shown is None else render_page("one_message", it=shown, in_thread=where == "replies", **words)
        return {"part": where, "ts": ts, "html": html}

    def _common(self, window: Window) -> Json:
        slack, person = self._slack, window.person
        has_paperboy = slack.bot_user_id in window.channel.members
        people = [each for each in slack.people if not each.is_bot]
        modals = slack.modals(person.id)
        read = self._read.setdefault(person.id, {})
        words = words_for(person)
        cards_in, cards = self._cards(window)
        return {
            "steps": [step for step in self._steps.left(person.id) if self._leads_somewhere(step, has_paperboy)][
                :_STEPS_SHOWN
            ],
            "a_paper": A_PAPER,
            "linked_paper": LINKED_PAPERS[people.index(person) % len(LINKED_PAPERS)],
            "home_url": page_url(person.id, slack.direct_messages(person.id).id, tab="home"),
            "cards_url": page_url(person.id, cards_in, thread=cards),
            "cards_here": cards if cards_in == window.channel.id else "",
            "start_over": start_over_question(words),
            "window": window,
            "workspace": slack.app.team_name,
            "topic": self._playground.topic(window.channel.id),
            "is_over": self._playground.is_over,
            "is_moving": self._playground.moving.locked(),
            "moment": self._playground.moment,
            "moment_shown": _moment(self._playground.moment, words),
            "conversations": conversations_of(slack, person, window.channel.id, read),
            "people": people,
            "paperboy": slack.person(slack.bot_user_id),
            "has_home": slack.app.home_tab,
            "shortcuts": shortcuts_of(slack, "global"),
            "may_write": window.channel.person is None or slack.app.takes_direct_messages,
            "has_paperboy": has_paperboy,
            "replies": thread(slack, person, window.channel.id, window.thread) if window.thread else [],
            "modal": modals[-1] if modals else None,
            "home": slack.home(person.id),
            **vocabulary(viewer_of(slack, person)),
        }

    def _leads_somewhere(self, step: FirstStep, has_paperboy: bool) -> bool:
        """Whether a step can be done in a channel that has Paperboy or does not."""
        if step is FirstStep.HOME:
            return self._slack.app.home_tab
        return has_paperboy or step not in NEED_PAPERBOY

    def _cards(self, window: Window) -> tuple[str, str]:
        """The latest thread with cards: in this channel, or else where Paperboy has posted."""
        for channel in (window.channel.id, self._playground.papers.id):
            messages = self._slack.messages(channel)
            threads = {each.thread_ts for each in messages if each.is_reply and each.user == self._slack.bot_user_id}
            if latest_of := [each.ts for each in messages if each.ts in threads]:
                return channel, latest_of[-1]
        return window.channel.id, ""

    def _mark_read(self, window: Window) -> None:
        self._read.setdefault(window.person.id, {})[window.channel.id] = latest(self._slack, window.channel.id)
