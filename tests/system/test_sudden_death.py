"""Killed before every commit and every request to Slack, and cut off after each message: each comes once.

Only commits and requests change what the next life finds, so that what lies after one of them lies before the next: one
death in each gap is enough. `make soak` kills on both sides of each, in longer mornings.
"""

from __future__ import annotations

import os
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.rules.channels import Channel, ChannelSettings
from bot.rules.outbox import HEADER, digest_part
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from tests.bot_process import BotProcesses, commits_of
from tests.clocks import PatientClock
from tests.harness import environment_for, open_database, papers_of, read, settings_for
from tests.model_server import Answer, ScriptedModel
from tests.modelled_harness import NOTHING, SUMMARY
from tests.scopes import usually_granted
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

POST = "chat.postMessage"
DAY = date(2026, 8, 17)
DUE = datetime(2026, 8, 18, 0, 10, tzinfo=UTC)
IS_SOAK = "PAPERBOY_SOAK_TOP" in os.environ
TOP = int(os.environ.get("PAPERBOY_SOAK_TOP", "2"))
# Where summaries are written or two days are due, every third gap is looked into; where nobody may look, every second.
EVERY = 1 if IS_SOAK else 3
_SIDES = {"before": False, "after": True} if IS_SOAK else {"before": False}
BEFORE_OR_AFTER = pytest.mark.parametrize("after", _SIDES.values(), ids=_SIDES)
# More papers than one message has room for.
LONG = 21
WANTED = [HEADER, *(f"2608.17{number:03}" for number in range(1, TOP + 1))]


@dataclass
class Stage:
    """A morning that can be played again and again, each time from the same beginning."""

    processes: BotProcesses
    sources: PaperSources
    folder: Path
    may_look: bool
    slack: SlackEmulator
    model: str | None = None

    async def play(
        self, *, commit: int | None = None, after: bool = False, die: Callable[[int], None] | None = None
    ) -> int:
        return await self.processes.serve(self.environment, DUE, commit=commit, after=after, on_start=die)

    async def rehearse(self) -> None:
        assert await self.processes.rehearse(self.environment, DUE) == 0

    async def killed_at(self, commit: int, *, after: bool) -> None:
        """Writes that wait at one moment share a commit, so that a morning may end before it comes to the last one."""
        ended = await self.play(commit=commit, after=after)
        assert ended == -signal.SIGKILL or self.commits < commit

    async def play_again(self) -> None:
        """A minute later, when every lease has run out; in the program, which knows nothing of the life that ended."""
        self.slack.faults.clear()
        assert await self.processes.rehearse(self.environment, DUE + timedelta(minutes=1)) == 0

    @property
    def environment(self) -> dict[str, str]:
        environment = environment_for(settings_for(self.slack, self.sources, self.folder))
        modelled = {"llm_provider": "openai", "llm_model": "scripted", "llm_base_url": self.model} if self.model else {}
        return {name.lower(): value for name, value in environment.items()} | modelled

    @property
    def commits(self) -> int:
        return commits_of(settings_for(self.slack, self.sources, self.folder))

    def posted(self) -> list[str]:
        """The parts that stand in the channel, in order; cards all in the header's thread."""
        (channel,) = (each.id for each in self.slack.channels if each.name == "papers")
        messages = self.slack.messages(channel)
        heads = [message for message in messages if not message.is_reply]
        replies = [card for head in heads for card in self.slack.thread(channel, head.ts)[1:]]
        return [message.metadata["event_payload"]["part"] for message in [*heads, *replies] if message.metadata]

    def summarised(self) -> list[bool]:
        """Whether each card shows what the model wrote."""
        (channel,) = (each.id for each in self.slack.channels if each.name == "papers")
        (head,) = (message for message in self.slack.messages(channel) if not message.is_reply)
        return [SUMMARY in read(card) for card in self.slack.thread(channel, head.ts)[1:]]


@pytest.fixture
async def processes() -> AsyncIterator[BotProcesses]:
    async with BotProcesses.open() as opened:
        yield opened


@asynccontextmanager
async def open_stage(
    processes: BotProcesses,
    folder: Path,
    *,
    may_look: bool = True,
    at: datetime = DUE,
    model: str | None = None,
    top: int = TOP,
) -> AsyncIterator[Stage]:
    manifest = build_manifest(with_history=may_look)
    async with (
        PaperSources.open() as sources,
        SlackEmulator(manifest, granted=usually_granted(manifest), now=PatientClock(at).now) as slack,
    ):
        sources.day(DAY, papers_of(DAY, votes=range(top + 3, 0, -1)))
        channel = slack.add_channel("papers", with_bot=True)
        settings = ChannelSettings(time(9, 10), "Asia/Seoul", "en", top)
        before = DAY - timedelta(days=1)
        served = Channel(slack.team_id, channel.id, settings, cursor=before)
        async with open_database(folder) as store:
            await store.channels.create(served, now=DUE - timedelta(hours=20))
        yield Stage(processes, sources, folder, may_look, slack, model)


async def rehearse(processes: BotProcesses, folder: Path) -> tuple[int, int]:
    """How many commits and requests an undisturbed morning takes."""
    async with open_stage(processes, folder) as stage:
        await stage.rehearse()
        assert stage.posted() == WANTED
        return stage.commits, len(stage.slack.calls)


@BEFORE_OR_AFTER
async def test_killed_at_each_commit_in_turn(processes: BotProcesses, tmp_path: Path, after: bool) -> None:
    commits, _ = await rehearse(processes, tmp_path / "rehearsal")
    for commit in range(1, commits + 1):
        async with open_stage(processes, tmp_path / str(commit)) as stage:
            await stage.killed_at(commit, after=after)
            await stage.play_again()
            assert stage.posted() == WANTED, f"commit {commit} of {commits}"


@BEFORE_OR_AFTER
async def test_killed_while_summaries_are_written_every_card_has_its_own_in_the_next_life(
    processes: BotProcesses, tmp_path: Path, after: bool
) -> None:
    async with ScriptedModel.open() as model:
        model.answers(Answer({**NOTHING, "whats_new": "We present a method.", "technical_details": "It is trained."}))
        address = f"{model.url}/v1"
        async with open_stage(processes, tmp_path / "rehearsal", model=address) as stage:
            await stage.rehearse()
            assert stage.summarised() == [True] * TOP
            commits = stage.commits
        for commit in range(1, commits + 1, EVERY):
            async with open_stage(processes, tmp_path / str(commit), model=address) as stage:
                await stage.killed_at(commit, after=after)
                await stage.play_again()
                assert stage.posted() == WANTED, f"commit {commit} of {commits}"
                assert stage.summarised() == [True] * TOP, f"commit {commit} of {commits}"


@BEFORE_OR_AFTER
async def test_killed_at_each_request_to_slack_in_turn(processes: BotProcesses, tmp_path: Path, after: bool) -> None:
    _, requests = await rehearse(processes, tmp_path / "rehearsal")
    for request in range(1, requests + 1):
        async with open_stage(processes, tmp_path / str(request)) as stage:

            def kill(pid: int, stage: Stage = stage, request: int = request) -> None:
                if after:
                    stage.slack.faults.after_request(request, lambda: os.kill(pid, signal.SIGKILL))
                else:
                    stage.slack.faults.before_request(request, lambda: os.kill(pid, signal.SIGKILL), lose=True)

            assert await stage.play(die=kill) == -signal.SIGKILL
            await stage.play_again()
            assert stage.posted() == WANTED, f"request {request} of {requests}"


async def test_killed_between_papers_and_an_empty_day_it_says_nothing_of_the_empty_one(
    processes: BotProcesses, tmp_path: Path
) -> None:
    empty = DAY + timedelta(days=1)
    due = DUE + timedelta(days=1)
    commits, _ = await rehearse(processes, tmp_path / "rehearsal")
    for commit in range(1, commits + 4, EVERY):
        async with open_stage(processes, tmp_path / str(commit), at=due) as stage:
            stage.sources.day(empty, [])
            await processes.serve(stage.environment, due, commit=commit)
            assert await processes.rehearse(stage.environment, due + timedelta(minutes=1)) == 0
            assert stage.posted() == WANTED, f"commit {commit}"


@pytest.mark.parametrize("fault", ["drop_after_accepting", "drop_before_accepting", "hang_after_accepting"])
async def test_cut_off_at_each_message_in_turn(processes: BotProcesses, tmp_path: Path, fault: str) -> None:
    for nth in range(1, len(WANTED) + 1):
        async with open_stage(processes, tmp_path / str(nth)) as stage:
            getattr(stage.slack.faults, fault)(POST, nth)
            assert await stage.play() == 0
            assert stage.posted() == WANTED, f"message {nth}"


async def test_killed_around_each_message_of_a_long_digest(processes: BotProcesses, tmp_path: Path) -> None:
    wanted = [digest_part(1), digest_part(2), *(f"2608.17{number:03}" for number in range(1, LONG + 1))]
    async with open_stage(processes, tmp_path / "rehearsal", top=LONG) as stage:
        await stage.rehearse()
        assert stage.posted() == wanted
        first, second, third = [n for n, call in enumerate(stage.slack.calls, start=1) if call.method == POST][:3]
    for name, request, is_done in (("a", first, True), ("b", second, False), ("c", second, True), ("d", third, False)):
        async with open_stage(processes, tmp_path / name, top=LONG) as stage:

            def kill(pid: int, stage: Stage = stage, request: int = request, is_done: bool = is_done) -> None:
                if is_done:
                    stage.slack.faults.after_request(request, lambda: os.kill(pid, signal.SIGKILL))
                else:
                    stage.slack.faults.before_request(request, lambda: os.kill(pid, signal.SIGKILL), lose=True)

            assert await stage.play(die=kill) == -signal.SIGKILL
            await stage.play_again()
            assert stage.posted() == wanted, name


@pytest.mark.parametrize("is_refused", [True, False], ids=["after the refusal", "after the plain form"])
async def test_killed_around_the_plain_form_of_what_was_refused(
    processes: BotProcesses, tmp_path: Path, is_refused: bool
) -> None:
    async with open_stage(processes, tmp_path / "rehearsal") as stage:
        stage.slack.faults.refuse_blocks("container")
        await stage.rehearse()
        assert stage.posted() == WANTED
        _, refused, plain = [n for n, call in enumerate(stage.slack.calls, start=1) if call.method == POST][:3]
        assert len([call for call in stage.slack.calls if call.method == POST]) == len(WANTED) + 1
    async with open_stage(processes, tmp_path / "killed") as stage:
        stage.slack.faults.refuse_blocks("container")

        def kill(pid: int) -> None:
            request = refused if is_refused else plain
            stage.slack.faults.after_request(request, lambda: os.kill(pid, signal.SIGKILL))

        assert await stage.play(die=kill) == -signal.SIGKILL
        await stage.play_again()
        assert stage.posted() == WANTED


@BEFORE_OR_AFTER
async def test_without_the_right_to_look_no_card_comes_twice(
    processes: BotProcesses, tmp_path: Path, after: bool
) -> None:
    commits, _ = await rehearse(processes, tmp_path / "rehearsal")
    for commit in range(1, commits + 1, 1 if IS_SOAK else 2):
        async with open_stage(processes, tmp_path / str(commit), may_look=False) as stage:
            await stage.killed_at(commit, after=after)
            await stage.play_again()
            cards = [part for part in stage.posted() if part != HEADER]
            assert len(cards) == len(set(cards)), f"commit {commit}"
            assert len(WANTED) - 1 - len(cards) <= 1, f"commit {commit}"
            assert cards == [part for part in WANTED if part in cards], f"commit {commit}"
