"""Hostile texts at every entry point, at random: all is acknowledged, answered where it was asked, and nothing breaks.

Each run does the same again. `make soak` does a hundred times as much.
"""

from __future__ import annotations

import json
import os
import random
import re
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from bot.slack.manifest import FIND_SHORTCUT, LOOK_UP_SHORTCUT, SAVE_SHORTCUT, build_manifest
from bot.slack_emulator import MisuseError, readable_length
from bot.slack_emulator.blocks import elements
from tests.harness import open_harness
from tests.hostile_texts import hostile_text
from tests.servers import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from pathlib import Path

    from bot.slack_emulator import Channel, Person, SlackMessage, View
    from tests.harness import Harness

    Doing = Callable[[], Awaitable[object]]

IS_SOAK = "PAPERBOY_SOAK_TOP" in os.environ
DOINGS = 2_000 if IS_SOAK else 90
SEEDS = range(6 if IS_SOAK else 1)
LONGEST_MESSAGE = 10_000
"""So many characters of one message Slack takes for sure (slackapi/bolt-js#2867)."""

SECRET = "zzsecretzz"
CALLS_OUT = re.compile(r"<!(?:channel|here|everyone|subteam)|<@(?:U00000001|W1)\b")
PAPER_LINKS = (
    "https://arxiv.org/abs/2407.21017",
    "https://huggingface.co/papers/2407.20743",
    "https://arxiv.org/abs/%FF",
)
LIST_COMMANDS = (
    *("list", "list by votes", "list read", "list #rl", "save 2407.21017", "reading 2407.21017", "done 2407.21017"),
    *("archive 2407.21017", "remove 2407.21017", "undo", "clear list", "cite 2407.21017", "export", "export as csv"),
    *("import", "team", "reminders on", "reminders off", "snooze", "my data", "forget me", "my settings"),
)
FORMS = ("note 2407.21017", "import", "my settings")
EMOJI = ("bookmark", "eyes", "white_check_mark", "one", "two::skin-tone-3")
METHODS = ("*", "chat.postMessage", "chat.postEphemeral", "chat.unfurl", "views.open", "views.publish", "users.info")
REFUSALS = ("missing_scope", "invalid_blocks", "fatal_error", "channel_not_found", "thread_not_found", "hash_conflict")
# Slack refuses a reply to what was deleted meanwhile, and that is how it is noticed.
GONE = "thread_not_found"
FOREIGN_ANSWERS = (
    Reply(429, headers={"Retry-After": "1"}),
    Reply(body="<html>Please log in</html>", content_type="text/html"),
    Reply(body='{"id": null}'),
    Reply(body="{" * 100, cut=True),
)


class Office:
    """People who do all that can be done, and what must hold after each of it."""

    def __init__(self, harness: Harness, seed: int, *, with_faults: bool) -> None:
        self.choose = random.Random(seed)
        self.harness, self.slack = harness, harness.slack
        self.with_faults = with_faults
        self.people = [harness.ana, harness.jimin, self.slack.add_person("Gus", role="guest")]
        self.people.append(self.slack.add_person("Stu", home="TELSEWHERE1"))
        self.victim = self.slack.add_person("Vic")
        self.bot = self.slack.add_bot("hook")
        self.seen: set[object] = set()
        self.deliveries = self.calls = 0

    async def open(self) -> None:
        """The morning's papers are there, and somebody has asked what is nobody else's business."""
        await self.harness.post(top=3)
        await self.harness.serve()
        for person in (*self.people[2:], self.victim):
            await self.slack.invite(person.id, self.harness.papers.id)
        members = [each.id for each in self.people[:2]]
        self.channels = [self.harness.papers, self.slack.add_channel("lab", members=members, private=True)]
        await self.slack.say(self.victim.id, self.alone(self.victim), f"2407.21017 what about {SECRET}?")
        await self.slack.command(self.victim.id, self.harness.papers.id, "/paper", f"search {SECRET}")
        await self.slack.command(self.victim.id, self.harness.papers.id, "/paper", "save 2407.20743")
        await self.harness.quiet()

    def alone(self, person: Person) -> str:
        return self.slack.direct_messages(person.id).id

    def visible(self, person: Person) -> list[Channel]:
        return [each for each in self.channels if person.id in self.slack.channel(each.id).members]

    async def do_something(self) -> None:
        """One thing, perhaps while Slack or a source fails, and all that must hold then."""
        person = self.choose.choice(self.people)
        where, text = self.choose.choice(self.visible(person)).id, hostile_text(self.choose)
        name, doing, answers = self.choose.choice(self.doings(person, where, text))
        has_fault = self.with_faults and self.choose.random() < 0.4
        if has_fault:
            self.break_something()
        before, posted = self.given(), self.posted()
        with capture_logs() as logs, suppress(MisuseError):
            await doing()
            await self.harness.quiet()
        self.slack.faults.clear()
        self.harness.sources.up()
        about = (name, person.name, text[:200])
        assert [each for each in logs if is_unforeseen(each)] == [], about
        self.check_calls(about, has_fault=has_fault)
        if answers is not None and not has_fault:
            assert (self.given() > before) == answers, about
        if answers is False or name in {"click", "dm", "shortcut", "find", "command"}:
            assert self.posted() == posted or name == "click", about
        self.check_content(about)
        for each in self.people:
            while modals := self.slack.modals(each.id):
                await self.slack.close(modals[-1])
        self.harness.clock.advance_to(self.harness.clock.now() + timedelta(seconds=self.choose.choice((7, 7, 60))))

    def doings(self, person: Person, where: str, text: str) -> list[tuple[str, Doing, bool | None]]:
        """What somebody can do: its name, and whether it is answered; None where that depends."""
        slack, choose = self.slack, self.choose
        message = choose.choice(slack.messages(where) or slack.messages(self.harness.papers.id))
        link = f"{text} <{choose.choice(PAPER_LINKS)}>"
        below = {"thread_ts": message.thread_ts or message.ts} if message.channel == where else {}
        return [
            ("command", lambda: slack.command(person.id, where, "/paper", text), True),
            ("command", lambda: slack.command(person.id, where, "/paper", f"search {text}"), True),
            ("command", lambda: slack.command(person.id, where, "/paper", f"{text} 2407.21017 why?"), True),
            ("list", lambda: slack.command(person.id, where, "/paper", f"note 2407.21017 {text}"), True),
            ("list", lambda: slack.command(person.id, where, "/paper", f"tag 2407.21017 {text}"), True),
            ("list", lambda: slack.command(person.id, where, "/paper", choose.choice(LIST_COMMANDS)), None),
            ("form", lambda: self.fill_in(person, where, text), None),
            ("dm", lambda: slack.say(person.id, self.alone(person), text), True),
            ("mention", lambda: slack.mention(person.id, where, text), True),
            ("mention in a thread", lambda: slack.mention(person.id, where, text, **below), None),
            ("shortcut", lambda: slack.shortcut(person.id, LOOK_UP_SHORTCUT, message=message), True),
            ("shortcut", lambda: slack.shortcut(person.id, SAVE_SHORTCUT, message=message), True),
            ("find", lambda: self.find(person, text), None),
            ("link", lambda: slack.say(person.id, where, link), None),
            ("words", lambda: slack.say(person.id, where, text), False),
            ("writing", lambda: slack.compose(person.id, where, link), False),
            ("bot", lambda: slack.say_as_bot(self.bot, where, f"<@{slack.bot_user_id}> {text}"), False),
            ("home", lambda: slack.open_home(person.id), None),
            ("reaction", lambda: slack.react(person.id, message.channel, message.ts, choose.choice(EMOJI)), None),
            ("reaction", lambda: slack.unreact(person.id, message.channel, message.ts, choose.choice(EMOJI)), None),
            ("edit", lambda: self.edit(person, where, text), None),
            ("several times", lambda: self.say_twice(person, where, text), None),
            ("click", lambda: self.click(person, where), None),
            ("click", lambda: self.click(person, where), None),
        ]

    async def find(self, person: Person, text: str) -> None:
        await self.slack.shortcut(person.id, FIND_SHORTCUT)
        await self.harness.quiet()
        for form in self.slack.modals(person.id)[-1:]:
            await self.slack.submit(form, {"query": text[:3000] or "x"})

    async def fill_in(self, person: Person, where: str, text: str) -> None:
        """Open a form, and send it off with the text in each of its fields."""
        await self.slack.command(person.id, where, "/paper", self.choose.choice(FORMS))
        await self.harness.quiet()
        for form in self.slack.modals(person.id)[-1:]:
            fields = [each for _, each in elements(form.blocks) if each["type"] == "plain_text_input"]
            await self.slack.submit(form, {each["action_id"]: text[: each.get("max_length", 3000)] for each in fields})

    async def edit(self, person: Person, where: str, text: str) -> None:
        """Ask, change it, and perhaps delete it, in whatever order Slack tells of that."""
        self.slack.faults.hold()
        asked = await self.slack.mention(person.id, where, text)
        await self.slack.edit_message(
            person.id, where, asked.ts, f"<@{self.slack.bot_user_id}> {hostile_text(self.choose)}"
        )
        if self.choose.random() < 0.5:
            await self.slack.delete_message(person.id, where, asked.ts)
        self.slack.faults.release(self.choose.choice(("kept", "reversed")))

    async def say_twice(self, person: Person, where: str, text: str) -> None:
        """Write what Slack brings twice: the second time changes nothing."""
        self.slack.faults.duplicate_next(1)
        asked = await self.slack.mention(person.id, where, text)
        await self.harness.quiet()
        replies = [each for each in self.slack.thread(where, asked.ts) if each.bot_id]
        contents = [json.dumps(each.blocks) for each in replies]
        assert len(set(contents)) == len(contents), (text[:200], contents)

    async def click(self, person: Person, where: str) -> None:
        """Press some button that the person sees."""
        places: list[Any] = [*self.slack.ephemerals(person.id)[-5:], *self.slack.messages(where)[-8:]]
        places += [self.slack.home(person.id)] * 3 if self.slack.home(person.id) else []
        place = self.choose.choice(places)
        shown = [(block, each) for block, each in elements(place.blocks) if each["type"] in {"button", "static_select"}]
        if not shown:
            return
        block, each = self.choose.choice(shown)
        if each["type"] == "button":
            await self.slack.click(
                person.id, place, each["action_id"], block_id=block["block_id"], value=each.get("value")
            )
        else:
            chosen = self.choose.choice(each.get("options") or each["option_groups"][0]["options"])["value"]
            await self.slack.choose(person.id, place, each["action_id"], chosen, block_id=block["block_id"])

    def break_something(self) -> None:
        faults, method, times = self.slack.faults, self.choose.choice(METHODS), self.choose.choice((1, 2, 5))
        self.choose.choice(
            (
                lambda: faults.answer(method, status=429, retry_after=1, times=times),
                lambda: faults.answer(method, status=500, times=times),
                lambda: faults.error(method, error=self.choose.choice(REFUSALS), times=times),
                lambda: faults.drop_after_accepting(method, times=times),
                lambda: faults.drop_before_accepting(method, times=times),
                lambda: faults.foreign(method, times=times),
                self.harness.sources.down,
                lambda: self.harness.sources.next(*self.choose.choices(FOREIGN_ANSWERS, k=3)),
            )
        )()

    def given(self) -> int:
        """How much was said to anybody, in any way."""
        private = sum(len(self.slack.ephemerals(each.id)) + len(self.slack.modals(each.id)) for each in self.people)
        return private + sum(len(self.by_the_bot(each.id)) for each in self.slack.channels)

    def posted(self) -> int:
        """How much was said for all to see."""
        return sum(len(self.by_the_bot(each.id)) for each in self.channels)

    def by_the_bot(self, channel: str) -> list[SlackMessage]:
        return [each for each in self.slack.messages(channel) if each.bot_id == self.slack.bot_id]

    def check_calls(self, about: object, *, has_fault: bool) -> None:
        """Everything was acknowledged at once, and Slack was asked for nothing that it refuses."""
        new = self.slack.deliveries[self.deliveries :]
        late = [each for each in new if not each.acked or len(each.attempts) > 1]
        assert [(each.type, [attempt.reason for attempt in each.attempts]) for each in late] == [], about
        refused = [(each.method, each.error) for each in self.slack.calls[self.calls :] if each.error]
        assert has_fault or [each for each in refused if each[1] != GONE] == [], about
        self.deliveries, self.calls = len(self.slack.deliveries), len(self.slack.calls)

    def check_content(self, about: object) -> None:
        """What was said is no longer than Slack takes, calls nobody, and tells nobody what was another's to know."""
        for text, blocks in self.new_content():
            words = "\n".join((text, *formatted(blocks)))
            assert readable_length(blocks) <= LONGEST_MESSAGE, about
            assert CALLS_OUT.search(words) is None, (about, words)
            assert SECRET not in json.dumps(blocks), about

    def new_content(self) -> Iterable[tuple[str, list[Any]]]:
        theirs = self.alone(self.victim)
        for channel in self.slack.channels:
            for each in self.by_the_bot(channel.id) if channel.id != theirs else ():
                if self.is_new((each.channel, each.ts, each.edited_ts)):
                    yield each.text, list(each.blocks)
            for each in self.slack.messages(channel.id):
                if each.unfurls and self.is_new(("unfurls", each.channel, each.ts)):
                    yield "", list(each.unfurls.values())
        for person in self.people:
            for private in self.slack.ephemerals(person.id):
                if self.is_new((person.id, private.ts, private.text)):
                    yield private.text, list(private.blocks)
            views: list[View] = [*self.slack.modals(person.id), *filter(None, (self.slack.home(person.id),))]
            yield from (("", list(view.blocks)) for view in views)

    def is_new(self, name: object) -> bool:
        is_new = name not in self.seen
        self.seen.add(name)
        return is_new


def is_unforeseen(line: Mapping[str, Any]) -> bool:
    """Whether a line of the log tells of an error that nobody foresaw, or that nobody was told of."""
    if line["event"] == "a request failed":
        return bool(line["log_level"] == "error")
    return line["event"] in {"background task failed", "couldn't handle an event", "couldn't fill a menu"}


def formatted(part: Any) -> Iterable[str]:
    """The texts that Slack reads as formatted, and mentions among rich text."""
    if isinstance(part, dict):
        if part.get("type") in {"mrkdwn", "markdown"}:
            yield part["text"]
        if part.get("type") in {"broadcast", "usergroup"}:
            yield "<!channel>"
        part = [*part.values()]
    for each in part if isinstance(part, list) else ():
        yield from formatted(each)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("with_faults", [False, True], ids=["all works", "Slack and the sources fail"])
async def test_whatever_people_do_is_answered_where_they_do_it(tmp_path: Path, seed: int, *, with_faults: bool) -> None:
    manifest = build_manifest(agent=seed % 3 == 1)
    granted = manifest["oauth_config"]["scopes"]["bot"]
    # So long an acknowledgement takes on no machine, and a second attempt tells that the first was refused.
    async with open_harness(tmp_path, manifest=manifest, granted=granted, ack_timeout=30) as harness:
        office = Office(harness, seed, with_faults=with_faults)
        await office.open()
        for _ in range(DOINGS):
            await office.do_something()
        assert await harness.reading_list(office.victim) == ["2407.20743"]
