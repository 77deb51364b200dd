"""What a person was told was heard is done, and once, by whoever lives on: killed between the two at every step."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.rules.channels import Channel as ServedChannel
from bot.rules.channels import ChannelState, Person
from bot.rules.papers import Origin, SummaryState
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from bot.summaries.extract import extract
from tests.bot_process import BotProcesses, commits_of
from tests.clocks import PatientClock
from tests.harness import DAY, bundled_day, environment_for, like, open_database, read, settings_for
from tests.model_server import Answer, ScriptedModel
from tests.modelled_harness import papers_of_the_day, truth
from tests.servers import PaperSources, Reply
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.slack_emulator import Answer as Acknowledgement
    from bot.slack_emulator import Channel, PrivateMessage, SlackMessage
    from bot.slack_emulator import Person as Member
    from bot.store import Store
    from tests.bot_process import Life

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2024, 8, 1, 0, 20, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)
IS_SOAK = "PAPERBOY_SOAK_TOP" in os.environ
FIRST = papers_of_the_day()[0]
UNKNOWN = "2407.00001"


@dataclass
class Scene:
    """A workspace whose Paperboy may die: Ana, who asks, and #papers, which is served."""

    processes: BotProcesses
    slack: SlackEmulator
    sources: PaperSources
    model: ScriptedModel
    folder: Path
    ana: Member
    boss: Member
    papers: Channel

    @property
    def environment(self) -> dict[str, str]:
        environment = environment_for(settings_for(self.slack, self.sources, self.folder))
        plain = {name.lower(): value for name, value in environment.items()}
        model = {"llm_provider": "openai", "llm_model": "scripted", "llm_base_url": f"{self.model.url}/v1"}
        return plain | model | {"paperboy_operator": self.boss.id}

    @asynccontextmanager
    async def life(self, *, commit: int | None = None, after: bool = False, at: datetime = NOW) -> AsyncIterator[Life]:
        """Paperboy listens, and has nothing left to do but what people ask."""
        before = sum(call.method == "users.conversations" for call in self.slack.calls)
        async with self.processes.listen(self.environment, at, commit=commit, after=after) as life:
            await self.slack.connected()
            await until(lambda: sum(call.method == "users.conversations" for call in self.slack.calls) > before)
            await self.slack.settled()
            yield life

    async def is_cut_off(self, or_else: Callable[[], bool] = lambda: False) -> None:
        """Paperboy is connected no more, or something else holds."""
        await until(lambda: self.slack.connections == 0 or or_else())

    async def live_on(self, after: timedelta = A_MINUTE) -> None:
        """The next life, when every lease has run out, until there is nothing left to do."""
        self.slack.faults.clear()
        assert await self.processes.serve(self.environment, NOW + after) == 0
        assert await self.rows("SELECT count(*) FROM open_requests WHERE step <> 'done'") == [(0,)]

    def store(self) -> AbstractAsyncContextManager[Store]:
        return open_database(self.folder)

    async def rows(self, query: str) -> list[Any]:
        async with self.store() as store:
            return await store.database.read(lambda db: db.rows(query))

    @property
    def commits(self) -> int:
        """How many commits the latest life took that ended by itself."""
        return commits_of(settings_for(self.slack, self.sources, self.folder))

    async def card(self) -> PrivateMessage:
        """The card that Ana asked for."""
        assert (await self.slack.command(self.ana.id, self.papers.id, "/paper", FIRST.id)).ok
        return self.slack.ephemerals(self.ana.id)[-1]

    async def overview(self) -> PrivateMessage:
        """The settings of #papers as Ana sees them."""
        assert (await self.slack.command(self.ana.id, self.papers.id, "/paper", "settings")).ok
        return self.slack.ephemerals(self.ana.id)[-1]

    def told(self, person: Member | None = None) -> list[str]:
        """All that reached somebody alone, directly or where they looked."""
        who = person or self.ana
        direct = [read(each) for each in self.slack.messages(self.slack.direct_messages(who.id).id)]
        return [read(each) for each in self.slack.ephemerals(who.id)] + direct

    def shared(self) -> int:
        """How often the paper stands in the channel because somebody shared it."""
        return sum(FIRST.title in message.text for message in self.slack.messages(self.papers.id))

    def has_shared(self) -> bool:
        return self.shared() > 0


@asynccontextmanager
async def open_scene(processes: BotProcesses, folder: Path) -> AsyncIterator[Scene]:
    async with (
        PaperSources.open() as sources,
        ScriptedModel.open() as model,
        SlackEmulator(
            build_manifest(with_history=True), now=PatientClock(NOW).now, ack_timeout=5, retry_delays=(0,)
        ) as slack,
    ):
        sources.day(DAY, bundled_day())
        model.answers(Answer(truth(FIRST) | {"conclusion": truth(FIRST)["whats_new"]}))
        ana = slack.add_person("Ana", role="admin")
        boss = slack.add_person("Boss")
        papers = slack.add_channel("papers", members=[ana.id], with_bot=True)
        scene = Scene(processes, slack, sources, model, folder, ana, boss, papers)
        async with scene.store() as store:
            await store.papers.remember(FIRST, source="hugging_face", now=NOW)
            summary = extract(FIRST, made_at=NOW - timedelta(days=1))
            assert summary
            await store.summaries.remember(replace(summary, origin=Origin.MODEL, made_by="scripted"))
            for person in (ana, boss):
                await store.people.remember(Person(slack.team_id, person.id, "en-US", "Europe/Berlin"), now=NOW)
            served = ServedChannel(slack.team_id, papers.id, like(post_at=time(18)), cursor=DAY)
            await store.channels.create(served, now=NOW - timedelta(days=1))
        yield scene


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def processes() -> AsyncIterator[BotProcesses]:
    async with BotProcesses.open() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def scene(processes: BotProcesses, tmp_path: Path) -> AsyncIterator[Scene]:
    async with open_scene(processes, tmp_path) as opened:
        yield opened


async def dies_before_it_begins(scene: Scene, prepare: Callable[[], Awaitable[Callable[[], Awaitable[Any]]]]) -> None:
    """What is asked is acknowledged, and nothing else: whatever is asked of Slack for it kills."""
    async with scene.life() as life:
        act = await prepare()
        acknowledged = asyncio.Event()

        async def die() -> None:
            await acknowledged.wait()
            life.kill()

        scene.slack.faults.before_request(1, die, lose=True)
        answer = await act()
        assert answer.ok
        acknowledged.set()
        await until(lambda: scene.slack.connections == 0)
    assert life.ended == -signal.SIGKILL


def asks_again(scene: Scene, asked: int) -> Callable[[], bool]:
    """Whether the model was asked more than so many times."""
    return lambda: len(scene.model.asked) > asked


async def dies_while_the_model_writes(
    scene: Scene, prepare: Callable[[], Awaitable[Callable[[], Awaitable[Acknowledgement]]]]
) -> None:
    """What is asked is acknowledged, and its process killed while the model that it asked has not answered."""
    async with scene.life() as life:
        act = await prepare()
        assert (await act()).ok
        await until(lambda: bool(scene.model.asked))
        life.kill()
        await until(lambda: scene.slack.connections == 0)


async def ready_to_share(scene: Scene) -> Callable[[], Awaitable[Acknowledgement]]:
    card = await scene.card()
    return lambda: scene.slack.click(scene.ana.id, card, "share_paper")


class TestShare:
    async def test_that_was_acknowledged_and_not_begun_comes_once(self, scene: Scene) -> None:
        await dies_before_it_begins(scene, lambda: ready_to_share(scene))
        assert scene.shared() == 0
        await scene.live_on()
        assert scene.shared() == 1
        assert any("Shared" in each for each in scene.told())
        await scene.live_on(after=2 * A_MINUTE)
        assert scene.shared() == 1

    @pytest.mark.parametrize("after", [False, True] if IS_SOAK else [False])
    async def test_comes_once_wherever_its_process_is_killed_at_a_commit(
        self, processes: BotProcesses, tmp_path: Path, after: bool
    ) -> None:
        commits = await commits_for(processes, tmp_path, ready_to_share)
        for commit in commits:
            async with open_scene(processes, tmp_path / str(commit)) as scene:
                async with scene.life(commit=commit, after=after):
                    answer = await (await ready_to_share(scene))()
                    await scene.slack.settled()
                    await scene.is_cut_off(scene.has_shared)
                await scene.live_on()
                assert scene.shared() <= 1, f"commit {commit} of {commits}"
                assert scene.shared() == 1 or not answer.ok, f"commit {commit} of {commits}"

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    async def test_comes_once_wherever_its_process_is_killed_at_a_request(
        self, processes: BotProcesses, tmp_path: Path, after: bool
    ) -> None:
        for request in range(1, 4):
            async with open_scene(processes, tmp_path / str(request)) as scene:
                async with scene.life() as life:
                    act = await ready_to_share(scene)
                    if after:
                        scene.slack.faults.after_request(request, life.kill)
                    else:
                        scene.slack.faults.before_request(request, life.kill, lose=True)
                    answer = await act()
                    await scene.is_cut_off()
                assert life.ended == -signal.SIGKILL
                await scene.live_on()
                assert answer.ok, f"request {request}"
                assert scene.shared() == 1, f"request {request}"

    async def test_of_who_may_no_longer_is_refused_where_they_look(self, scene: Scene) -> None:
        await dies_before_it_begins(scene, lambda: ready_to_share(scene))
        await scene.slack.leave(scene.ana.id, scene.papers.id)
        await scene.live_on()
        assert scene.shared() == 0
        assert any("Only members of this channel" in each for each in scene.told())

    async def test_that_comes_too_late_is_not_done_and_they_are_written_to(self, scene: Scene) -> None:
        await dies_before_it_begins(scene, lambda: ready_to_share(scene))
        await scene.live_on(after=timedelta(hours=2))
        assert scene.shared() == 0
        (direct,) = scene.slack.messages(scene.slack.direct_messages(scene.ana.id).id)
        assert "your request wasn't done" in read(direct)
        assert scene.papers.id in read(direct)

    async def test_in_a_channel_without_paperboy_is_never_shown_twice(self, scene: Scene) -> None:
        elsewhere = scene.slack.add_channel("elsewhere", members=[scene.ana.id], with_bot=False)
        async with scene.life() as life:
            assert (await scene.slack.command(scene.ana.id, elsewhere.id, "/paper", FIRST.id)).ok
            card = scene.slack.ephemerals(scene.ana.id)[-1]

            def die(_: object) -> None:
                if life.is_alive and scene.slack.messages(elsewhere.id):
                    life.kill()

            scene.slack.listen(die)
            assert (await scene.slack.click(scene.ana.id, card, "share_paper")).ok
            await until(lambda: scene.slack.connections == 0)
        assert life.ended == -signal.SIGKILL
        await scene.live_on()
        assert len(scene.slack.messages(elsewhere.id)) == 1
        assert any("If it isn't there, share it again" in each for each in scene.told())


class TestAMention:
    """Of a paper that has to be looked up, so that its reply says so first and is edited then."""

    async def ready(self, scene: Scene) -> Callable[[], Awaitable[SlackMessage]]:
        (item,) = [each for each in bundled_day() if each["paper"]["id"] == FIRST.id]
        scene.sources.paper(UNKNOWN, {**item["paper"], "id": UNKNOWN})
        return lambda: scene.slack.mention(scene.ana.id, scene.papers.id, UNKNOWN)

    def replies(self, scene: Scene, asked: SlackMessage) -> list[str]:
        return [read(each) for each in scene.slack.thread(asked.channel, asked.ts)[1:]]

    def has_replied(self, scene: Scene, asked: SlackMessage) -> bool:
        return any(FIRST.title in each for each in self.replies(scene, asked))

    async def is_answered_in_the_next_life(self, scene: Scene, asked: SlackMessage) -> None:
        """Slack brings the mention again, heard or not."""
        scene.slack.faults.clear()
        async with scene.life(at=NOW + A_MINUTE):
            again = {**asked.snapshot(), "channel": asked.channel, "type": "app_mention", "event_ts": asked.ts}
            await scene.slack.send_event(again)
            await until(partial(self.has_replied, scene, asked))
        await scene.live_on(after=2 * A_MINUTE)
        (reply,) = self.replies(scene, asked)
        assert FIRST.title in reply
        assert len(scene.slack.messages(scene.papers.id)) == 2

    async def test_that_was_heard_and_not_begun_is_answered_once(self, scene: Scene) -> None:
        async with scene.life() as life:
            act = await self.ready(scene)
            scene.slack.faults.before_request(1, life.kill, lose=True)
            asked = await act()
            await until(lambda: scene.slack.connections == 0)
        assert self.replies(scene, asked) == []
        await self.is_answered_in_the_next_life(scene, asked)

    @pytest.mark.parametrize("after", [False, True] if IS_SOAK else [False])
    async def test_is_answered_once_wherever_its_process_is_killed_at_a_commit(
        self, processes: BotProcesses, tmp_path: Path, after: bool
    ) -> None:
        commits = await commits_of_mention(self, processes, tmp_path)
        for commit in commits[:: 1 if IS_SOAK else 3]:
            async with open_scene(processes, tmp_path / str(commit)) as scene:
                async with scene.life(commit=commit, after=after):
                    asked = await (await self.ready(scene))()
                    await scene.is_cut_off(partial(self.has_replied, scene, asked))
                await self.is_answered_in_the_next_life(scene, asked)

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    async def test_is_answered_once_wherever_its_process_is_killed_at_a_request(
        self, processes: BotProcesses, tmp_path: Path, after: bool
    ) -> None:
        for request in (1, 2):
            async with open_scene(processes, tmp_path / str(request)) as scene:
                async with scene.life() as life:
                    act = await self.ready(scene)
                    if after:
                        scene.slack.faults.after_request(request, life.kill)
                    else:
                        scene.slack.faults.before_request(request, life.kill, lose=True)
                    asked = await act()
                    await scene.is_cut_off()
                assert life.ended == -signal.SIGKILL
                await self.is_answered_in_the_next_life(scene, asked)


async def commits_of_mention(test: TestAMention, processes: BotProcesses, folder: Path) -> range:
    """The commits that follow a mention, by their numbers."""
    counts = []
    for name in ("idle", "asked"):
        async with open_scene(processes, folder / name) as scene:
            async with scene.life():
                act = await test.ready(scene)
                if name == "asked":
                    asked = await act()
                    await until(partial(test.has_replied, scene, asked))
            counts.append(scene.commits)
    return range(counts[0] + 1, counts[1] + 1)


async def commits_for(
    processes: BotProcesses, folder: Path, prepare: Callable[[Scene], Awaitable[Callable[[], Awaitable[Any]]]]
) -> range:
    """The commits that follow what somebody asks for, by their numbers."""
    counts = []
    for name in ("idle", "asked"):
        async with open_scene(processes, folder / name) as scene:
            async with scene.life():
                act = await prepare(scene)
                if name == "asked":
                    assert (await act()).ok
                    await scene.slack.settled()
            counts.append(scene.commits)
    return range(counts[0] + 1, counts[1] + 1)


async def test_a_paper_that_was_to_be_saved_is_saved(scene: Scene) -> None:
    (item,) = [each for each in bundled_day() if each["paper"]["id"] == FIRST.id]
    scene.sources.paper(UNKNOWN, {**item["paper"], "id": UNKNOWN})
    async with scene.life() as life:
        scene.sources.next(Reply(hang=True))
        assert (await scene.slack.command(scene.ana.id, scene.papers.id, "/paper", f"save {UNKNOWN}")).ok
        await scene.sources.called(1)
        life.kill()
        await until(lambda: scene.slack.connections == 0)
    assert await scene.rows("SELECT paper FROM saved_papers") == []
    await scene.live_on()
    assert await scene.rows("SELECT paper FROM saved_papers") == [(UNKNOWN,)]
    assert any("Saved" in each for each in scene.told())


class TestAChannel:
    async def ready(self, scene: Scene, action: str) -> Callable[[], Awaitable[Acknowledgement]]:
        overview = await scene.overview()
        return lambda: scene.slack.click(scene.ana.id, overview, action)

    async def test_that_was_to_be_paused_is_paused(self, scene: Scene) -> None:
        await dies_before_it_begins(scene, lambda: self.ready(scene, "channel_pause"))
        await scene.live_on()
        async with scene.store() as store:
            channel = await store.channels.find(scene.slack.team_id, scene.papers.id)
        assert channel is not None
        assert channel.state is ChannelState.PAUSED

    async def test_that_others_resumed_since_is_left_as_they_want_it(self, scene: Scene) -> None:
        await dies_before_it_begins(scene, lambda: self.ready(scene, "channel_pause"))
        async with scene.store() as store:
            this = (scene.slack.team_id, scene.papers.id)
            await store.channels.pause(*this, user=scene.boss.id, now=NOW + timedelta(seconds=1))
            await store.channels.start(*this, latest=DAY, user=scene.boss.id, now=NOW + timedelta(seconds=2))
            await scene.live_on()
            channel = await store.channels.find(*this)
        assert channel is not None
        assert channel.state is ChannelState.ACTIVE

    async def test_that_was_to_skip_skips(self, scene: Scene) -> None:
        await dies_before_it_begins(scene, lambda: self.ready(scene, "channel_skip"))
        await scene.live_on()
        assert await scene.rows("SELECT new FROM changes WHERE setting = 'skip_next'") == [("true",)]

    @pytest.mark.parametrize("method", ["conversations.info", "chat.postMessage"])
    async def test_that_was_to_get_its_papers_now_gets_them_once(self, scene: Scene, method: str) -> None:
        async with scene.life() as life:
            act = await self.ready(scene, "channel_post_now")
            before = len(scene.slack.calls)

            def comes() -> bool:
                return method in [call.method for call in scene.slack.calls[before:]]

            assert (await act()).ok
            await until(comes)
            life.kill()
            await until(lambda: scene.slack.connections == 0)
        await scene.live_on()
        heads = [each for each in scene.slack.messages(scene.papers.id) if not each.is_reply]
        assert len(heads) == 1
        assert len(scene.slack.thread(scene.papers.id, heads[0].ts)) == 1 + like().top


class TestAReport:
    async def ready(self, scene: Scene) -> Callable[[], Awaitable[Acknowledgement]]:
        card = await scene.card()
        assert (await scene.slack.choose(scene.ana.id, card, "paper_menu", f"wrong:en:{FIRST.id}")).ok
        await until(lambda: bool(scene.slack.modals(scene.ana.id)))
        await scene.slack.settled()
        (form,) = scene.slack.modals(scene.ana.id)
        return lambda: scene.slack.submit(form, {"complaint": "numbers", "note": "It is 7B."})

    async def check(self, scene: Scene) -> None:
        """The summary was rewritten once, the reporter and the operator know."""
        async with scene.store() as store:
            states = [version.state for version in await store.summaries.versions(FIRST.id)]
        assert states == [SummaryState.SHOWN, SummaryState.REPLACED]
        assert sum("It is 7B." in each for each in scene.told(scene.boss)) == 1
        (done,) = scene.slack.modals(scene.ana.id)
        assert "was rewritten" in str(done.content)

    async def test_that_was_acknowledged_and_not_acted_on_is_acted_on_once(self, scene: Scene) -> None:
        await dies_before_it_begins(scene, lambda: self.ready(scene))
        assert scene.model.asked == []
        await scene.live_on()
        await self.check(scene)
        asked = len(scene.model.asked)
        await scene.live_on(after=2 * A_MINUTE)
        await self.check(scene)
        assert len(scene.model.asked) == asked

    async def test_whose_summary_was_being_written_has_it_written(self, scene: Scene) -> None:
        good = scene.model.script
        written = asyncio.Event()
        scene.model.answers(Answer({}, when=written))
        await dies_while_the_model_writes(scene, lambda: self.ready(scene))
        written.set()
        scene.model.script = good
        await scene.live_on()
        await self.check(scene)

    async def test_whose_summary_was_written_has_it_written_once(self, scene: Scene) -> None:
        async with scene.life() as life:
            act = await self.ready(scene)
            before = len(scene.slack.calls)
            scene.slack.faults.before_request(2, life.kill, lose=True)
            assert (await act()).ok
            await until(lambda: scene.slack.connections == 0)
        assert "users.info" in [call.method for call in scene.slack.calls[before:]]
        asked = len(scene.model.asked)
        assert asked
        await scene.live_on()
        await self.check(scene)
        assert len(scene.model.asked) == asked

    async def test_that_ends_its_process_each_time_is_given_up_and_they_are_told(self, scene: Scene) -> None:
        scene.model.answers(Answer({}, when=asyncio.Event()))
        await dies_while_the_model_writes(scene, lambda: self.ready(scene))
        for number in range(1, 4):
            asked = len(scene.model.asked)
            started: list[int] = []
            serving = asyncio.create_task(
                scene.processes.serve(scene.environment, NOW + number * A_MINUTE, on_start=started.append)
            )
            await until(asks_again(scene, asked))
            os.kill(started[0], signal.SIGKILL)
            assert await serving == -signal.SIGKILL
        asked = len(scene.model.asked)
        await scene.live_on(4 * A_MINUTE)
        assert len(scene.model.asked) == asked
        assert any("may not have been done" in each for each in scene.told())
        told = len(scene.told())
        await scene.live_on(5 * A_MINUTE)
        assert len(scene.told()) == told
