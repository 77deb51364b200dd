"""Summary requests are served once, within the budget, and every outcome is stored."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.http import RetryPolicy, open_client
from bot.leases import HeldAlone, SharedLeases
from bot.rules.budget import Budget, Requester, Spent
from bot.rules.leases import LEASE, summary_lease
from bot.rules.papers import FoundAt, Origin, ReadSource, SummaryState
from bot.rules.reports import Complaint
from bot.sources.full_text import FullTexts
from bot.store.sqlite import open_store
from bot.summaries.models.client import ApiStyle, LanguageModel
from bot.summaries.writer import Writer
from bot.summarizer import Outcome, Summarizer
from bot.token_budget import TokenBudget
from tests.bot.summaries.test_writer import INVENTED, KOREAN, TAKEAWAY, TRUE
from tests.clocks import PatientClock
from tests.model_server import Answer, ScriptedModel
from tests.papers_in_full import MARKDOWN, MATTING, html

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store import Store
    from tests.servers import PaperSources

ANA, JIMIN, NOBODY = Requester("T1", "U1"), Requester("T1", "U2"), Requester("T1")
ID = MATTING.id


class Harness:
    """A summarizer with all it needs, and what it told."""

    def __init__(
        self, store: Store, summarizer: Summarizer, budget: TokenBudget, model: ScriptedModel, clock: PatientClock
    ) -> None:
        self.store = store
        self.summarizer = summarizer
        self.model = model
        self.clock = clock
        self.written: list[str] = []
        self.spent = 0
        summarizer.written.subscribe(self.written.append)
        budget.spent.subscribe(self._note_spent)

    def _note_spent(self, _: str) -> None:
        self.spent += 1

    async def states(self) -> list[SummaryState]:
        return [version.state for version in await self.store.summaries.versions(ID)]


@asynccontextmanager
async def open_harness(folder: Path, sources: PaperSources, *, daily_tokens: int = 10**6) -> AsyncIterator[Harness]:
    clock = PatientClock()
    store = await open_store(folder / "paperboy.db")
    async with ScriptedModel.open() as model, open_client(None) as client:
        retry_policy = RetryPolicy(2, 5.0)
        full_texts = FullTexts(client, sources.url, sources.url, sleep=clock.sleep, monotonic=clock.monotonic)
        writer = Writer(
            LanguageModel(
                client,
                api_style=ApiStyle.OPENAI,
                model="scripted",
                base_url=f"{model.url}/v1",
                at_once=10,
                retry_policy=retry_policy,
            )
        )
        budget = TokenBudget(store.spending, clock, Budget(daily_tokens, input_price=1.0, output_price=10.0))
        summarizer = Summarizer(
            store.papers,
            store.summaries,
            store.summary_failures,
            full_texts,
            clock,
            writer=writer,
            budget=budget,
            leases=HeldAlone("alone"),
            most_characters=20_000,
        )
        model.answers(Answer(TRUE))
        await store.papers.remember(MATTING, source="arxiv", now=clock.now())
        yield Harness(store, summarizer, budget, model, clock)
        await summarizer.close()
    await store.close()


@pytest.fixture
async def harness(tmp_path: Path, sources: PaperSources) -> AsyncIterator[Harness]:
    async with open_harness(tmp_path, sources) as opened:
        yield opened


async def test_a_summary_is_written_kept_and_made_known(harness: Harness, sources: PaperSources) -> None:
    sources.full_text(ID, MARKDOWN)
    assert await harness.summarizer.request_summary(ID, "en") is Outcome.WRITTEN
    kept = await harness.store.summaries.find(ID, "en")
    assert kept
    assert (kept.origin, kept.made_by, kept.read) == (Origin.MODEL, "scripted", ReadSource.FULL_TEXT)
    assert harness.written == [ID]
    material = await harness.store.summaries.material(ID)
    assert material
    assert (material.found_at, len(material.sections)) == (FoundAt.HUGGING_FACE, 6)


async def test_its_takeaway_is_kept_with_it(harness: Harness) -> None:
    harness.model.answers(Answer(TRUE | {"takeaway": TAKEAWAY}))
    assert await harness.summarizer.request_summary(ID, "en") is Outcome.WRITTEN
    kept = await harness.store.summaries.find(ID, "en")
    assert kept
    assert kept.takeaway == TAKEAWAY


async def test_a_summary_that_is_there_is_not_requested_again(harness: Harness) -> None:
    assert await harness.summarizer.request_summary(ID, "en") is Outcome.WRITTEN
    assert await harness.summarizer.request_summary(ID, "en") is Outcome.THERE
    assert not await harness.summarizer.should_request(ID, "en", ANA)
    assert len(harness.model.asked) == 1


async def test_all_who_want_it_at_once_wait_for_the_same_one(harness: Harness) -> None:
    outcomes = await asyncio.gather(
        *(harness.summarizer.request_summary(ID, "en", by=by) for by in (ANA, JIMIN, NOBODY))
    )
    assert set(outcomes) == {Outcome.WRITTEN}
    assert len(harness.model.asked) == 1


async def test_another_language_reads_what_was_read_before(harness: Harness, sources: PaperSources) -> None:
    sources.full_text(ID, MARKDOWN)
    await harness.summarizer.request_summary(ID, "en")
    asked = len(sources.calls)
    harness.model.answers(Answer(KOREAN))
    assert await harness.summarizer.request_summary(ID, "ko") is Outcome.WRITTEN
    assert len(sources.calls) == asked


async def test_a_newer_version_of_the_paper_is_read_again(harness: Harness, sources: PaperSources) -> None:
    sources.arxiv_page(ID, html(version=1))
    await harness.summarizer.request_summary(ID, "en")
    await harness.store.papers.remember(replace(MATTING, arxiv_version=2), source="arxiv", now=harness.clock.now())
    sources.arxiv_page(ID, html(version=2))
    harness.model.answers(Answer(KOREAN))
    await harness.summarizer.request_summary(ID, "ko")
    korean, english = await harness.store.summaries.find(ID, "ko"), await harness.store.summaries.find(ID, "en")
    assert korean
    assert english
    assert (english.arxiv_version, korean.arxiv_version) == (1, 2)


async def test_what_the_source_check_rejects_is_kept_unseen_and_not_tried_again(harness: Harness) -> None:
    harness.model.answers(Answer(INVENTED), Answer(INVENTED | {"whats_new": "Matting becomes generation."}))
    assert await harness.summarizer.request_summary(ID, "en") is Outcome.REJECTED
    assert await harness.states() == [SummaryState.REJECTED] * 2
    assert await harness.store.summaries.find(ID, "en") is None
    assert await harness.summarizer.request_summary(ID, "en") is Outcome.THERE
    assert len(harness.model.asked) == 2
    assert harness.written == []


async def test_a_model_that_is_away_is_tried_again_later(harness: Harness) -> None:
    harness.model.answers(Answer(words="busy", status=503))
    assert await harness.summarizer.request_summary(ID, "en") is Outcome.FAILED
    asked = len(harness.model.asked)
    assert await harness.summarizer.request_summary(ID, "en") is Outcome.FAILED
    assert len(harness.model.asked) == asked
    harness.model.answers(Answer(TRUE))
    harness.clock.advance_to(harness.clock.now() + timedelta(minutes=11))
    assert await harness.summarizer.request_summary(ID, "en") is Outcome.WRITTEN


async def test_out_of_nothing_nothing_is_written(harness: Harness) -> None:
    empty = replace(MATTING, id="2407.00001", abstract="")
    await harness.store.papers.remember(empty, source="arxiv", now=harness.clock.now())
    assert await harness.summarizer.request_summary(empty.id, "en") is Outcome.NOTHING_TO_READ
    assert harness.model.asked == []


async def test_what_it_costs_is_counted_for_whoever_wanted_it(harness: Harness) -> None:
    await harness.summarizer.request_summary(ID, "en", by=ANA)
    harness.model.answers(Answer(KOREAN))
    await harness.summarizer.request_summary(ID, "ko")
    today = harness.clock.now().astimezone(UTC).date()
    assert (await harness.store.spending.by(today, ANA.team, ANA.user)).tokens == 1200
    spent = await harness.store.spending.on(today)
    assert (spent.requests, spent.tokens) == (2, 2400)
    assert spent.dollars == pytest.approx(0.006)


async def test_failures_cost_too(harness: Harness) -> None:
    harness.model.answers(Answer(words="nonsense"))
    await harness.summarizer.request_summary(ID, "en")
    assert (await harness.store.spending.on(harness.clock.now().astimezone(UTC).date())).tokens == 2400


async def test_a_spent_day_writes_nothing_more_and_is_told_once(tmp_path: Path, sources: PaperSources) -> None:
    async with open_harness(tmp_path, sources, daily_tokens=2_000) as harness:
        for language in ("en", "ko", "ja"):
            assert await harness.summarizer.request_summary(ID, language, by=NOBODY) is Outcome.DAY_SPENT
        assert (harness.spent, harness.model.asked) == (1, [])
        assert not await harness.summarizer.should_request(ID, "en", ANA)
        harness.clock.advance_to(harness.clock.now() + timedelta(days=1))
        assert await harness.summarizer.should_request(ID, "en", ANA)


async def test_who_waits_for_one_that_is_not_paid_for_has_it_written_at_their_own_cost(
    tmp_path: Path, sources: PaperSources
) -> None:
    """Many workspaces want the same papers at the same minute."""
    async with open_harness(tmp_path, sources, daily_tokens=40_000) as harness:
        today, other = harness.clock.now().astimezone(UTC).date(), Requester("T2")
        await harness.store.spending.record(today, "T1", "", "scripted", Spent(1, 40_000, 0, 0.0))
        outcomes = await asyncio.gather(
            *(harness.summarizer.request_summary(ID, "en", by=by) for by in (NOBODY, other, ANA, other))
        )
        assert outcomes == [Outcome.DAY_SPENT, Outcome.WRITTEN, Outcome.WRITTEN, Outcome.WRITTEN]
        harness.model.answers(Answer(KOREAN))
        await asyncio.gather(
            *(harness.summarizer.request_summaries([ID], ["ko"], team=team) for team in ("T1", "T2", "T3"))
        )
        assert await harness.store.summaries.find(ID, "ko") is not None
        assert (await harness.store.spending.on(today, "T2")).requests == 2
        assert len(harness.model.asked) == 2


async def test_one_persons_share_leaves_the_rest_to_others(tmp_path: Path, sources: PaperSources) -> None:
    async with open_harness(tmp_path, sources, daily_tokens=40_000) as harness:
        assert await harness.summarizer.request_summary(ID, "en", by=ANA) is Outcome.WRITTEN
        assert await harness.summarizer.request_summary(ID, "ko", by=ANA) is Outcome.SHARE_SPENT
        assert not await harness.summarizer.should_request(ID, "ko", ANA)
        assert await harness.summarizer.should_request(ID, "ko", JIMIN)
        harness.model.answers(Answer(KOREAN))
        assert await harness.summarizer.request_summary(ID, "ko", by=JIMIN) is Outcome.WRITTEN
        assert harness.spent == 0


async def test_many_at_once_do_not_overdraw_the_day(tmp_path: Path, sources: PaperSources) -> None:
    async with open_harness(tmp_path, sources, daily_tokens=8_000) as harness:
        papers = [replace(MATTING, id=f"2407.{number:05}") for number in range(10)]
        for paper in papers:
            await harness.store.papers.remember(paper, source="arxiv", now=harness.clock.now())
        await harness.summarizer.request_summaries([paper.id for paper in papers], ["en"])
        assert (await harness.store.spending.on(harness.clock.now().astimezone(UTC).date())).tokens <= 8_000
        assert len(harness.model.asked) == 5


async def test_written_again_the_one_before_is_replaced_and_kept(harness: Harness) -> None:
    await harness.summarizer.request_summary(ID, "en")
    better = TRUE | {"whats_new": "Image matting becomes generation."}
    harness.model.answers(Answer(better))
    outcome = await harness.summarizer.request_again(ID, "en", by=ANA, complaint=Complaint.NUMBERS)
    assert outcome is Outcome.WRITTEN
    assert await harness.states() == [SummaryState.SHOWN, SummaryState.REPLACED]
    assert "Check each figure" in harness.model.asked[-1].prompt


async def test_the_one_before_stays_where_the_new_one_does_not_hold(harness: Harness) -> None:
    await harness.summarizer.request_summary(ID, "en")
    before = await harness.store.summaries.find(ID, "en")
    harness.model.answers(Answer(INVENTED))
    assert await harness.summarizer.request_again(ID, "en", by=ANA, complaint=Complaint.CLAIMS) is Outcome.REJECTED
    assert await harness.store.summaries.find(ID, "en") == before


async def test_what_takes_long_goes_on_by_itself(harness: Harness) -> None:
    gate = asyncio.Event()
    harness.model.answers(Answer(TRUE, when=gate))
    await harness.summarizer.request_summaries([ID], ["en"], within=timedelta(0))
    assert harness.summarizer.is_busy
    gate.set()
    await harness.summarizer.idle()
    assert harness.written == [ID]


async def test_without_a_model_nothing_is_requested(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "paperboy.db")
    async with open_client(None) as client:
        full_texts: Any = FullTexts(client, "http://127.0.0.1:1", "http://127.0.0.1:1")
        clock = PatientClock()
        budget = TokenBudget(store.spending, clock, Budget(1))
        summarizer = Summarizer(
            store.papers,
            store.summaries,
            store.summary_failures,
            full_texts,
            clock,
            writer=None,
            budget=budget,
            leases=HeldAlone("alone"),
            most_characters=1000,
        )
        await summarizer.request_summaries([ID], ["en"])
        assert await summarizer.request_summary(ID, "en") is Outcome.NO_MODEL
        assert not await summarizer.should_request(ID, "en", ANA)
        assert not summarizer.has_model
    await store.close()


class TestAServerThatTakesInLessThanItIsGiven:
    async def test_has_not_read_the_full_text_and_gets_less_from_then_on(
        self, harness: Harness, sources: PaperSources
    ) -> None:
        """A window of 1,500 tokens, of which nobody told: what it read is called a part, and the next is read whole."""
        more = "## 7 More\n\n" + "The matte is refined once more. " * 600
        sources.full_text(ID, MARKDOWN.replace("## References", f"{more}\n\n## References"))
        harness.model.answers(Answer(TRUE, usage=(1_500, 200)))
        assert await harness.summarizer.request_summary(ID, "en") is Outcome.WRITTEN
        english = await harness.store.summaries.find(ID, "en")
        assert english
        assert english.read is ReadSource.PART
        assert await harness.store.summaries.count_in_part(english.made_at) == 1
        harness.model.answers(Answer(KOREAN, usage=(1_500, 200)))
        await harness.summarizer.request_summary(ID, "ko")
        korean = await harness.store.summaries.find(ID, "ko")
        assert korean
        assert korean.read is ReadSource.FULL_TEXT
        assert len(harness.model.asked[1].prompt) < len(harness.model.asked[0].prompt) / 2

    async def test_and_says_so_gets_less_at_once(self, harness: Harness, sources: PaperSources) -> None:
        sources.full_text(ID, MARKDOWN)
        too_long = "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens."
        harness.model.script = lambda asked: (
            Answer(words=too_long, status=400) if len(asked.prompt) > 8_000 else Answer(TRUE)
        )
        assert await harness.summarizer.request_summary(ID, "en") is Outcome.WRITTEN
        assert len(harness.model.asked) == 2

    async def test_and_never_enough_is_given_up(self, harness: Harness, sources: PaperSources) -> None:
        sources.full_text(ID, MARKDOWN)
        harness.model.answers(Answer(words="the input is too long", status=400))
        for _ in range(9):
            await harness.summarizer.request_summary(ID, "en")
            harness.clock.advance_to(harness.clock.now() + timedelta(hours=6))
        assert len(harness.model.asked) <= 6
        assert await harness.store.summary_failures.given_up(harness.clock.now() - timedelta(days=9)) == {"too_long": 1}


async def test_another_attempt_is_made_only_where_it_can_be_paid_for(tmp_path: Path, sources: PaperSources) -> None:
    """What two attempts may cost never exceeds the day, whoever else writes at the same time."""
    async with open_harness(tmp_path, sources, daily_tokens=8_000) as harness:
        papers = [replace(MATTING, id=f"2407.{number:05}") for number in range(6)]
        for paper in papers:
            await harness.store.papers.remember(paper, source="arxiv", now=harness.clock.now())
        harness.model.answers(Answer(INVENTED, usage=(1_200, 2_000)))
        await harness.summarizer.request_summaries([paper.id for paper in papers], ["en"])
        spent = await harness.store.spending.on(harness.clock.now().astimezone(UTC).date())
        assert 0 < spent.tokens <= 8_000
        assert await harness.store.summaries.versions(papers[0].id) == []


async def test_a_text_that_is_not_there_is_not_looked_for_each_time(harness: Harness, sources: PaperSources) -> None:
    empty = replace(MATTING, id="2407.00001", abstract="")
    await harness.store.papers.remember(empty, source="arxiv", now=harness.clock.now())
    assert await harness.summarizer.request_summary(empty.id, "en") is Outcome.NOTHING_TO_READ
    before = len(sources.calls)
    assert await harness.summarizer.request_summary(empty.id, "en") is Outcome.FAILED
    assert len(sources.calls) == before


async def test_a_second_attempt_that_others_leave_no_room_for_comes_another_time(
    tmp_path: Path, sources: PaperSources
) -> None:
    """That is no used-up day: nobody is told so, and nobody is refused for it."""
    async with open_harness(tmp_path, sources, daily_tokens=8_000) as harness:
        harness.model.answers(Answer(INVENTED, usage=(900, 100)))
        gate = asyncio.Event()
        other = replace(MATTING, id="2407.00001", title="Matting by Others")
        await harness.store.papers.remember(other, source="arxiv", now=harness.clock.now())
        harness.model.script = lambda asked: (
            Answer(TRUE, when=gate) if "Matting by Others" in asked.prompt else Answer(INVENTED, usage=(900, 100))
        )
        waiting = asyncio.create_task(harness.summarizer.request_summary(other.id, "en"))
        await harness.model.called(1)
        assert await harness.summarizer.request_summary(ID, "en") is Outcome.FAILED
        assert (harness.spent, len(harness.model.asked)) == (0, 2)
        gate.set()
        assert await waiting is Outcome.WRITTEN
        harness.clock.advance_to(harness.clock.now() + timedelta(hours=1))
        harness.model.answers(Answer(TRUE))
        assert await harness.summarizer.request_summary(ID, "en") is Outcome.WRITTEN


# several processes on one database ------------------------------------------------------------------------------------


class HeldClock(PatientClock):
    """A clock that stands still: who waits goes on when there is news."""

    def __init__(self) -> None:
        super().__init__()
        self.somebody_waits = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.somebody_waits.set()
        await asyncio.Event().wait()


def another(harness: Harness, name: str, clock: PatientClock) -> tuple[Summarizer, SharedLeases]:
    """A summarizer of another process, with the same database and the same model."""
    leases = SharedLeases(harness.store.leases, name, now=clock.now, seconds=clock.monotonic)
    theirs = harness.summarizer
    summarizer = Summarizer(
        harness.store.papers,
        harness.store.summaries,
        harness.store.summary_failures,
        theirs._full_texts,
        clock,
        writer=theirs._writer,
        budget=theirs._budget,
        leases=leases,
        most_characters=20_000,
    )
    return summarizer, leases


@pytest.mark.parametrize(
    ("answer", "outcomes"),
    [
        (Answer(TRUE), {Outcome.WRITTEN, Outcome.THERE}),
        (Answer(INVENTED), {Outcome.REJECTED}),
        (Answer(words="nothing", status=401), {Outcome.FAILED}),
    ],
    ids=["written", "rejected", "failed"],
)
async def test_what_two_processes_want_at_once_is_written_once_and_its_outcome_is_that_of_both(
    harness: Harness, answer: Answer, outcomes: set[Outcome]
) -> None:
    gate, held = asyncio.Event(), HeldClock()
    harness.model.answers(replace(answer, when=gate))
    (one, _), (other, _) = another(harness, "one", harness.clock), another(harness, "other", held)
    first = asyncio.create_task(one.request_summary(ID, "en", by=ANA))
    await harness.model.called(1)
    second = asyncio.create_task(other.request_summary(ID, "en", by=JIMIN))
    await held.somebody_waits.wait()
    gate.set()
    told = {await first}
    asked = len(harness.model.asked)
    other.written.notify(ID)
    assert told | {await second} == outcomes
    assert len(harness.model.asked) == asked
    paid = [await harness.store.spending.by(harness.clock.now().date(), by.team, by.user) for by in (ANA, JIMIN)]
    assert paid[1].requests == 0, "who asked first pays"


async def test_what_a_process_that_is_gone_was_writing_is_taken_over_when_its_lease_has_run_out(
    harness: Harness,
) -> None:
    summarizer, _ = another(harness, "alive", harness.clock)
    now = harness.clock.now()
    await harness.store.leases.hold([summary_lease(ID, "en")], owner="dead", now=now, until=now + LEASE)
    assert await summarizer.request_summary(ID, "en", by=ANA) is Outcome.WRITTEN
    assert LEASE <= harness.clock.now() - now <= 2 * LEASE
    assert await harness.store.leases.hold([summary_lease(ID, "en")], owner="b", now=now, until=now), "it is free again"


async def test_a_process_that_comes_back_after_its_lease_has_run_out_stores_nothing_but_what_it_cost(
    harness: Harness,
) -> None:
    gate = asyncio.Event()
    harness.model.answers(Answer(TRUE, when=gate))
    late, _ = another(harness, "late", harness.clock)
    writing = asyncio.create_task(late.request_summary(ID, "en", by=ANA))
    await harness.model.called(1)
    harness.clock.advance_to(harness.clock.now() + LEASE)
    gate.set()
    assert await writing is Outcome.FAILED
    assert await harness.states() == []
    assert (await harness.store.spending.by(harness.clock.now().date(), ANA.team, ANA.user)).tokens == 1200
