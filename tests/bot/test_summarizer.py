"""Summaries are commissioned once, within the budget, and what comes of it is kept."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.http import Patience, open_client
from bot.rules.budget import Budget
from bot.rules.papers import FoundAt, Origin, ReadSource, SummaryState
from bot.rules.reports import Complaint
from bot.sources.full_text import FullTexts
from bot.store.sqlite import open_store
from bot.summaries.models.client import LanguageModel, Wire
from bot.summaries.writer import Writer
from bot.summarizer import Commissioner, Outcome, SummaryDesk
from tests.bot.summaries.test_writer import INVENTED, KOREAN, TRUE
from tests.clocks import PatientClock
from tests.model_server import Answer, ScriptedModel
from tests.papers_in_full import MARKDOWN, MATTING, html

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store import Store
    from tests.servers import PaperSources

ANA, JIMIN = Commissioner("T1", "U1"), Commissioner("T1", "U2")
ID = MATTING.id


class Office:
    """A desk with all it needs, and what it was heard to say."""

    def __init__(self, store: Store, desk: SummaryDesk, model: ScriptedModel, clock: PatientClock) -> None:
        self.store = store
        self.desk = desk
        self.model = model
        self.clock = clock
        self.written: list[str] = []
        self.spent = 0
        desk.on_written = self.written.append
        desk.on_spent = self._note_spent

    def _note_spent(self) -> None:
        self.spent += 1

    async def states(self) -> list[SummaryState]:
        return [version.state for version in await self.store.summaries.versions(ID)]


@asynccontextmanager
async def open_desk(folder: Path, sources: PaperSources, *, daily_tokens: int = 10**6) -> AsyncIterator[Office]:
    clock = PatientClock()
    store = await open_store(folder / "paperboy.db")
    async with ScriptedModel.open() as model, open_client(None) as client:
        patience = Patience(2, 5.0)
        full_texts = FullTexts(client, sources.url, sources.url, sleep=clock.sleep, monotonic=clock.monotonic)
        writer = Writer(
            LanguageModel(
                client, wire=Wire.OPENAI, model="scripted", base_url=f"{model.url}/v1", at_once=10, patience=patience
            )
        )
        budget = Budget(daily_tokens, input_price=1.0, output_price=10.0)
        desk = SummaryDesk(store, full_texts, clock, writer=writer, budget=budget, most_characters=20_000)
        model.answers(Answer(TRUE))
        await store.papers.remember(MATTING, source="arxiv", now=clock.now())
        yield Office(store, desk, model, clock)
        await desk.close()
    await store.close()


@pytest.fixture
async def office(tmp_path: Path, sources: PaperSources) -> AsyncIterator[Office]:
    async with open_desk(tmp_path, sources) as opened:
        yield opened


async def test_a_summary_is_written_kept_and_made_known(office: Office, sources: PaperSources) -> None:
    sources.full_text(ID, MARKDOWN)
    assert await office.desk.commission(ID, "en") is Outcome.WRITTEN
    kept = await office.store.summaries.find(ID, "en")
    assert kept
    assert (kept.origin, kept.made_by, kept.read) == (Origin.MODEL, "scripted", ReadSource.FULL_TEXT)
    assert office.written == [ID]
    material = await office.store.summaries.material(ID)
    assert material
    assert (material.found_at, len(material.sections)) == (FoundAt.HUGGING_FACE, 6)


async def test_and_never_again(office: Office) -> None:
    assert await office.desk.commission(ID, "en") is Outcome.WRITTEN
    assert await office.desk.commission(ID, "en") is Outcome.THERE
    assert not await office.desk.is_wanting(ID, "en", ANA)
    assert len(office.model.asked) == 1


async def test_all_who_want_it_at_once_wait_for_the_same_one(office: Office) -> None:
    outcomes = await asyncio.gather(*(office.desk.commission(ID, "en", by=by) for by in (ANA, JIMIN, None)))
    assert set(outcomes) == {Outcome.WRITTEN}
    assert len(office.model.asked) == 1


async def test_another_language_reads_what_was_read_before(office: Office, sources: PaperSources) -> None:
    sources.full_text(ID, MARKDOWN)
    await office.desk.commission(ID, "en")
    asked = len(sources.calls)
    office.model.answers(Answer(KOREAN))
    assert await office.desk.commission(ID, "ko") is Outcome.WRITTEN
    assert len(sources.calls) == asked


async def test_a_newer_version_of_the_paper_is_read_again(office: Office, sources: PaperSources) -> None:
    sources.arxiv_page(ID, html(version=1))
    await office.desk.commission(ID, "en")
    await office.store.papers.remember(replace(MATTING, arxiv_version=2), source="arxiv", now=office.clock.now())
    sources.arxiv_page(ID, html(version=2))
    office.model.answers(Answer(KOREAN))
    await office.desk.commission(ID, "ko")
    korean, english = await office.store.summaries.find(ID, "ko"), await office.store.summaries.find(ID, "en")
    assert korean
    assert english
    assert (english.arxiv_version, korean.arxiv_version) == (1, 2)


async def test_what_the_gate_rejects_is_kept_unseen_and_not_tried_again(office: Office) -> None:
    office.model.answers(Answer(INVENTED), Answer(INVENTED | {"whats_new": "Matting becomes generation."}))
    assert await office.desk.commission(ID, "en") is Outcome.REJECTED
    assert await office.states() == [SummaryState.REJECTED] * 2
    assert await office.store.summaries.find(ID, "en") is None
    assert await office.desk.commission(ID, "en") is Outcome.THERE
    assert len(office.model.asked) == 2
    assert office.written == []


async def test_a_model_that_is_away_is_tried_again_later(office: Office) -> None:
    office.model.answers(Answer(words="busy", status=503))
    assert await office.desk.commission(ID, "en") is Outcome.FAILED
    asked = len(office.model.asked)
    assert await office.desk.commission(ID, "en") is Outcome.FAILED
    assert len(office.model.asked) == asked
    office.model.answers(Answer(TRUE))
    office.clock.advance_to(office.clock.now() + timedelta(minutes=11))
    assert await office.desk.commission(ID, "en") is Outcome.WRITTEN


async def test_out_of_nothing_nothing_is_written(office: Office) -> None:
    empty = replace(MATTING, id="2407.00001", abstract="")
    await office.store.papers.remember(empty, source="arxiv", now=office.clock.now())
    assert await office.desk.commission(empty.id, "en") is Outcome.NOTHING_TO_READ
    assert office.model.asked == []


async def test_what_it_costs_is_counted_for_whoever_wanted_it(office: Office) -> None:
    await office.desk.commission(ID, "en", by=ANA)
    office.model.answers(Answer(KOREAN))
    await office.desk.commission(ID, "ko")
    today = office.clock.now().astimezone(UTC).date()
    assert (await office.store.spending.by(today, ANA.team, ANA.user)).tokens == 1200
    spent = await office.store.spending.on(today)
    assert (spent.requests, spent.tokens) == (2, 2400)
    assert spent.dollars == pytest.approx(0.006)


async def test_failures_cost_too(office: Office) -> None:
    office.model.answers(Answer(words="nonsense"))
    await office.desk.commission(ID, "en")
    assert (await office.store.spending.on(office.clock.now().astimezone(UTC).date())).tokens == 2400


async def test_a_spent_day_writes_nothing_more_and_is_told_once(tmp_path: Path, sources: PaperSources) -> None:
    async with open_desk(tmp_path, sources, daily_tokens=2_000) as office:
        for language in ("en", "ko", "ja"):
            assert await office.desk.commission(ID, language) is Outcome.DAY_SPENT
        assert (office.spent, office.model.asked) == (1, [])
        assert not await office.desk.is_wanting(ID, "en", ANA)
        office.clock.advance_to(office.clock.now() + timedelta(days=1))
        assert await office.desk.is_wanting(ID, "en", ANA)


async def test_one_persons_share_leaves_the_rest_to_others(tmp_path: Path, sources: PaperSources) -> None:
    async with open_desk(tmp_path, sources, daily_tokens=40_000) as office:
        assert await office.desk.commission(ID, "en", by=ANA) is Outcome.WRITTEN
        assert await office.desk.commission(ID, "ko", by=ANA) is Outcome.SHARE_SPENT
        assert not await office.desk.is_wanting(ID, "ko", ANA)
        assert await office.desk.is_wanting(ID, "ko", JIMIN)
        office.model.answers(Answer(KOREAN))
        assert await office.desk.commission(ID, "ko", by=JIMIN) is Outcome.WRITTEN
        assert office.spent == 0


async def test_many_at_once_do_not_overdraw_the_day(tmp_path: Path, sources: PaperSources) -> None:
    async with open_desk(tmp_path, sources, daily_tokens=8_000) as office:
        papers = [replace(MATTING, id=f"2407.{number:05}") for number in range(10)]
        for paper in papers:
            await office.store.papers.remember(paper, source="arxiv", now=office.clock.now())
        await office.desk.commission_all([paper.id for paper in papers], ["en"])
        assert (await office.store.spending.on(office.clock.now().astimezone(UTC).date())).tokens <= 8_000
        assert len(office.model.asked) == 5


async def test_written_anew_the_one_before_is_replaced_and_kept(office: Office) -> None:
    await office.desk.commission(ID, "en")
    better = TRUE | {"whats_new": "Image matting becomes generation."}
    office.model.answers(Answer(better))
    outcome = await office.desk.commission_anew(ID, "en", by=ANA, complaint=Complaint.NUMBERS)
    assert outcome is Outcome.WRITTEN
    assert await office.states() == [SummaryState.SHOWN, SummaryState.REPLACED]
    assert "Check each figure" in office.model.asked[-1].prompt


async def test_the_one_before_stays_where_the_new_one_does_not_hold(office: Office) -> None:
    await office.desk.commission(ID, "en")
    before = await office.store.summaries.find(ID, "en")
    office.model.answers(Answer(INVENTED))
    assert await office.desk.commission_anew(ID, "en", by=ANA, complaint=Complaint.CLAIMS) is Outcome.REJECTED
    assert await office.store.summaries.find(ID, "en") == before


async def test_what_takes_long_goes_on_by_itself(office: Office) -> None:
    gate = asyncio.Event()
    office.model.answers(Answer(TRUE, when=gate))
    await office.desk.commission_all([ID], ["en"], within=timedelta(0))
    assert office.desk.is_busy
    gate.set()
    await office.desk.idle()
    assert office.written == [ID]


async def test_without_a_model_nothing_is_commissioned(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "paperboy.db")
    async with open_client(None) as client:
        full_texts: Any = FullTexts(client, "http://127.0.0.1:1", "http://127.0.0.1:1")
        desk = SummaryDesk(store, full_texts, PatientClock(), writer=None, budget=Budget(1), most_characters=1000)
        await desk.commission_all([ID], ["en"])
        assert await desk.commission(ID, "en") is Outcome.NO_MODEL
        assert not await desk.is_wanting(ID, "en", ANA)
        assert not desk.has_model
    await store.close()


class TestAServerThatTakesInLessThanItIsGiven:
    async def test_has_not_read_the_full_text_and_gets_less_from_then_on(
        self, office: Office, sources: PaperSources
    ) -> None:
        """A window of 1,500 tokens, of which nobody told: what it read is called a part, and the next is read whole."""
        more = "## 7 More\n\n" + "The matte is refined once more. " * 600
        sources.full_text(ID, MARKDOWN.replace("## References", f"{more}\n\n## References"))
        office.model.answers(Answer(TRUE, usage=(1_500, 200)))
        assert await office.desk.commission(ID, "en") is Outcome.WRITTEN
        english = await office.store.summaries.find(ID, "en")
        assert english
        assert english.read is ReadSource.PART
        assert await office.store.summaries.count_in_part(english.made_at) == 1
        office.model.answers(Answer(KOREAN, usage=(1_500, 200)))
        await office.desk.commission(ID, "ko")
        korean = await office.store.summaries.find(ID, "ko")
        assert korean
        assert korean.read is ReadSource.FULL_TEXT
        assert len(office.model.asked[1].prompt) < len(office.model.asked[0].prompt) / 2

    async def test_and_says_so_gets_less_at_once(self, office: Office, sources: PaperSources) -> None:
        sources.full_text(ID, MARKDOWN)
        too_long = "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens."
        office.model.script = lambda asked: (
            Answer(words=too_long, status=400) if len(asked.prompt) > 8_000 else Answer(TRUE)
        )
        assert await office.desk.commission(ID, "en") is Outcome.WRITTEN
        assert len(office.model.asked) == 2

    async def test_and_never_enough_is_given_up(self, office: Office, sources: PaperSources) -> None:
        sources.full_text(ID, MARKDOWN)
        office.model.answers(Answer(words="the input is too long", status=400))
        for _ in range(9):
            await office.desk.commission(ID, "en")
            office.clock.advance_to(office.clock.now() + timedelta(hours=6))
        assert len(office.model.asked) <= 6
        assert await office.store.summary_failures.given_up(office.clock.now() - timedelta(days=9)) == {"too_long": 1}


async def test_another_attempt_is_made_only_where_it_can_be_paid_for(tmp_path: Path, sources: PaperSources) -> None:
    """What two attempts may cost never exceeds the day, whoever else writes at the same time."""
    async with open_desk(tmp_path, sources, daily_tokens=8_000) as office:
        papers = [replace(MATTING, id=f"2407.{number:05}") for number in range(6)]
        for paper in papers:
            await office.store.papers.remember(paper, source="arxiv", now=office.clock.now())
        office.model.answers(Answer(INVENTED, usage=(1_200, 2_000)))
        await office.desk.commission_all([paper.id for paper in papers], ["en"])
        spent = await office.store.spending.on(office.clock.now().astimezone(UTC).date())
        assert 0 < spent.tokens <= 8_000
        assert await office.store.summaries.versions(papers[0].id) == []


async def test_a_text_that_is_not_there_is_not_looked_for_each_time(office: Office, sources: PaperSources) -> None:
    empty = replace(MATTING, id="2407.00001", abstract="")
    await office.store.papers.remember(empty, source="arxiv", now=office.clock.now())
    assert await office.desk.commission(empty.id, "en") is Outcome.NOTHING_TO_READ
    before = len(sources.calls)
    assert await office.desk.commission(empty.id, "en") is Outcome.FAILED
    assert len(sources.calls) == before


async def test_a_second_attempt_that_others_leave_no_room_for_comes_another_time(
    tmp_path: Path, sources: PaperSources
) -> None:
    """That is no used-up day: nobody is told so, and nobody is refused for it."""
    async with open_desk(tmp_path, sources, daily_tokens=8_000) as office:
        office.model.answers(Answer(INVENTED, usage=(900, 100)))
        gate = asyncio.Event()
        other = replace(MATTING, id="2407.00001", title="Matting by Others")
        await office.store.papers.remember(other, source="arxiv", now=office.clock.now())
        office.model.script = lambda asked: (
            Answer(TRUE, when=gate) if "Matting by Others" in asked.prompt else Answer(INVENTED, usage=(900, 100))
        )
        waiting = asyncio.create_task(office.desk.commission(other.id, "en"))
        await office.model.called(1)
        assert await office.desk.commission(ID, "en") is Outcome.FAILED
        assert (office.spent, len(office.model.asked)) == (0, 2)
        gate.set()
        assert await waiting is Outcome.WRITTEN
        office.clock.advance_to(office.clock.now() + timedelta(hours=1))
        office.model.answers(Answer(TRUE))
        assert await office.desk.commission(ID, "en") is Outcome.WRITTEN
