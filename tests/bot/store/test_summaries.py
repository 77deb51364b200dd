"""What the store remembers of what papers say: the newest summary is shown, and none is lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.budget import Allowance, Budget, Requester, Spent
from bot.rules.papers import FoundAt, Material, Origin, ReadSource, Section, SummaryState, SummaryVersion
from bot.rules.reports import Complaint, Report
from bot.rules.summary_retries import SummaryTries
from tests.bot.store.samples import (
    ANA,
    DAY,
    JIMIN,
    MATRYOSHKA,
    MELTEMI,
    NOW,
    OTHER_TEAM,
    TEAM,
    paper,
    summary,
)

if TYPE_CHECKING:
    from bot.store import Store
    from tests.bot.store.conftest import OpenStore

A_MINUTE = timedelta(minutes=1)
A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
async def meltemi_is_known(store: Store) -> None:
    await store.papers.remember(paper(MELTEMI), source="arxiv", now=NOW)


async def test_a_summary_comes_back_as_it_was_made(store: Store) -> None:
    made = summary(arxiv_version=2)
    await store.summaries.remember(made)
    assert await store.summaries.find(MELTEMI, "en") == made
    assert await store.summaries.find(MELTEMI, "ko") is None
    assert await store.summaries.find(MATRYOSHKA, "en") is None


async def test_the_newest_summary_is_shown(store: Store) -> None:
    for says in ("First.", "Second.", "Third."):
        await store.summaries.remember(summary(says))
    assert await store.summaries.find(MELTEMI, "en") == summary("Third.")


async def test_the_same_summary_made_again_is_no_newer_one(store: Store) -> None:
    await store.summaries.remember(summary())
    await store.summaries.remember(replace(summary(), made_at=NOW + timedelta(days=1)))
    assert await store.summaries.find(MELTEMI, "en") == summary()


async def test_the_same_words_from_another_maker_are_a_newer_summary(store: Store) -> None:
    await store.summaries.remember(summary())
    written = replace(summary(), origin=Origin.WRITTEN, made_by="U000000000A")
    await store.summaries.remember(written)
    assert await store.summaries.find(MELTEMI, "en") == written


async def test_a_take_away_is_kept_with_its_summary_and_a_new_one_makes_it_newer(store: Store) -> None:
    await store.summaries.remember(summary())
    for takeaway in ("It is the first of its kind.", "It speaks Greek."):
        told = replace(summary(), takeaway=takeaway)
        await store.summaries.remember(told)
        assert await store.summaries.find(MELTEMI, "en") == told
    assert [version.summary.takeaway for version in await store.summaries.versions(MELTEMI)] == [
        "It speaks Greek.",
        "It is the first of its kind.",
        None,
    ]


async def test_what_a_paper_does_not_state_is_kept_with_its_summary(store: Store) -> None:
    await store.summaries.remember(summary())
    told = replace(summary(), not_stated=(Section.PERFORMANCE_HIGHLIGHTS,))
    await store.summaries.remember(told)
    assert await store.summaries.find(MELTEMI, "en") == told
    assert [version.number for version in await store.summaries.versions(MELTEMI)] == [2, 1]


async def test_a_summary_of_a_newer_version_of_the_paper_wins_over_one_made_later(store: Store) -> None:
    await store.summaries.remember(summary("Of version 2.", arxiv_version=2))
    await store.summaries.remember(summary("Of version 1.", arxiv_version=1))
    await store.summaries.remember(summary("Of a version nobody knows."))
    assert await store.summaries.find(MELTEMI, "en") == summary("Of version 2.", arxiv_version=2)


async def test_summaries_in_other_languages_are_their_own(store: Store) -> None:
    await store.summaries.remember(summary("Korean.", language="ko", arxiv_version=9))
    await store.summaries.remember(summary("English."))
    assert await store.summaries.find(MELTEMI, "en") == summary("English.")
    assert await store.summaries.find(MELTEMI, "ko") == summary("Korean.", language="ko", arxiv_version=9)


async def test_a_summary_that_states_nothing_is_a_summary(store: Store) -> None:
    silent = replace(summary(), sections=())
    await store.summaries.remember(silent)
    assert await store.summaries.find(MELTEMI, "en") == silent


async def test_what_the_source_check_rejected_is_kept_with_the_reason_and_not_shown(store: Store) -> None:
    model = replace(summary("Invented."), origin=Origin.MODEL, made_by="small-model")
    await store.summaries.remember(model, state=SummaryState.REJECTED, score=0.2, unsupported=["numbers: 7"])
    assert await store.summaries.find(MELTEMI, "en") is None
    (version,) = await store.summaries.versions(MELTEMI)
    assert version == SummaryVersion(model, 1, SummaryState.REJECTED, 0.2, ("numbers: 7",))


async def test_a_models_summary_replaces_the_one_before_which_is_kept(store: Store) -> None:
    first = replace(summary("First."), origin=Origin.MODEL, made_by="small-model")
    second = replace(first, sections=((Section.WHATS_NEW, "Second."),), arxiv_version=2, made_at=NOW + A_MINUTE)
    await store.summaries.remember(first)
    await store.summaries.remember(second)
    assert await store.summaries.find(MELTEMI, "en") == second
    states = [(version.summary, version.state) for version in await store.summaries.versions(MELTEMI)]
    assert states == [(second, SummaryState.SHOWN), (first, SummaryState.REPLACED)]


async def test_a_rejected_draft_leaves_the_summary_before_it_on_the_card(store: Store) -> None:
    shown = replace(summary("First."), origin=Origin.MODEL, made_by="small-model")
    await store.summaries.remember(shown)
    rejected = replace(shown, sections=((Section.WHATS_NEW, "Worse."),))
    await store.summaries.remember(rejected, state=SummaryState.REJECTED)
    assert await store.summaries.find(MELTEMI, "en") == shown


async def test_papers_with_a_models_new_summary_are_found_by_its_time(store: Store) -> None:
    await store.summaries.remember(replace(summary(), origin=Origin.MODEL))
    ((paper_id, language, made_at),) = await store.summaries.shown_since(NOW)
    assert (paper_id, language, made_at) == (MELTEMI, "en", summary().made_at)
    assert await store.summaries.shown_since(NOW + A_MINUTE) == []


async def test_what_was_read_comes_back_to_the_letter(store: Store) -> None:
    assert await store.summaries.material(MELTEMI) is None
    read = Material("Title\n\n제목 𝛼 " * 500, ReadSource.FULL_TEXT, FoundAt.ARXIV, 2, ("Introduction", "결론"))
    await store.summaries.remember_material(MELTEMI, Material("Abstract", ReadSource.ABSTRACT), now=NOW)
    await store.summaries.remember_material(MELTEMI, read, now=NOW)
    assert await store.summaries.material(MELTEMI) == read


class TestReports:
    FIRST = Report(TEAM, ANA, MELTEMI, "en", Complaint.NUMBERS, "7 is 70", NOW, rewrites=False)

    async def keep(self, store: Store, *reports: Report, most: int = 5) -> list[bool]:
        return [await store.reports.remember(each, most=most, since=each.at - A_DAY) for each in reports]

    async def test_come_back_latest_first_and_each_once(self, store: Store) -> None:
        second = replace(self.FIRST, user=JIMIN, at=NOW + A_MINUTE)
        assert await self.keep(store, self.FIRST, second, self.FIRST) == [True, True, False]
        assert await store.reports.since(NOW) == [second, self.FIRST]
        assert await store.reports.since(NOW + A_MINUTE) == [second]

    async def test_of_one_person_are_kept_a_few_times_a_day(self, store: Store) -> None:
        theirs = [replace(self.FIRST, at=NOW + number * A_MINUTE) for number in range(4)]
        others = [replace(self.FIRST, user=JIMIN), replace(self.FIRST, team=OTHER_TEAM)]
        assert await self.keep(store, *theirs, *others, most=3) == [True, True, True, False, True, True]
        a_day_later = replace(self.FIRST, at=theirs[0].at + A_DAY + A_MINUTE)
        assert await self.keep(store, a_day_later, most=3) == [True]

    async def test_of_two_at_one_instant_one_has_the_summary_rewritten(
        self, store: Store, open_store: OpenStore
    ) -> None:
        reports = [replace(self.FIRST, user=f"U{number}") for number in range(8)]
        await self.keep(store, *reports)
        async with open_store() as other:
            began = await asyncio.gather(
                *(
                    (store, other)[number % 2].reports.begin_rewriting(each, since=NOW - A_DAY)
                    for number, each in enumerate(reports)
                )
            )
        assert sum(began) == 1
        rewriting = [report.user for report in await store.reports.since(NOW) if report.rewrites]
        assert rewriting == [reports[began.index(True)].user]

    async def test_that_rewrite_a_summary_do_so_for_a_day_in_their_language(self, store: Store) -> None:
        later = replace(self.FIRST, user=JIMIN, at=NOW + timedelta(hours=1))
        korean = replace(later, language="ko")
        next_day = replace(self.FIRST, user=JIMIN, at=NOW + A_DAY + A_MINUTE)
        await self.keep(store, self.FIRST, later, korean, next_day)
        began = [
            await store.reports.begin_rewriting(each, since=each.at - A_DAY)
            for each in (self.FIRST, later, korean, next_day)
        ]
        assert began == [True, False, True, True]

    async def test_go_on_with_what_they_began_and_give_their_turn_back_when_nothing_came_of_it(
        self, store: Store
    ) -> None:
        later = replace(self.FIRST, user=JIMIN, at=NOW + A_MINUTE)
        await self.keep(store, self.FIRST, later)
        assert [await store.reports.begin_rewriting(self.FIRST, since=NOW - A_DAY) for _ in range(2)] == [True, True]
        assert [await store.reports.undo_rewriting(self.FIRST) for _ in range(2)] == [True, False]
        assert await store.reports.begin_rewriting(later, since=NOW - A_DAY)
        assert not await store.reports.begin_rewriting(self.FIRST, since=NOW - A_DAY)

    async def test_that_nobody_made_rewrite_nothing(self, store: Store) -> None:
        assert not await store.reports.begin_rewriting(self.FIRST, since=NOW - A_DAY)


async def test_what_models_cost_adds_up_by_day_and_person(store: Store) -> None:
    await store.spending.record(DAY, "", "", "small-model", Spent(1, 100, 10, 0.5))
    await store.spending.record(DAY, TEAM, ANA, "small-model", Spent(1, 20, 2, 0.25))
    await store.spending.record(DAY, TEAM, ANA, "small-model", Spent(2, 20, 2, 0.25))
    assert await store.spending.on(DAY) == Spent(4, 140, 14, 1.0)
    assert await store.spending.by(DAY, TEAM, ANA) == Spent(3, 40, 4, 0.5)
    assert await store.spending.by(DAY, OTHER_TEAM, ANA) == Spent()
    assert await store.spending.on(DAY + timedelta(days=1)) == Spent()
    assert (await store.maintenance.stats()).model == await store.spending.on(DAY)


class TestTokensSetAside:
    BUDGET = Budget(1000)

    async def reserve(self, store: Store, name: str, by: Requester, tokens: int, **when: Any) -> Allowance:
        now = when.get("now", NOW)
        return await store.spending.reserve(name, DAY, by, tokens, self.BUDGET, now=now, until=now + A_MINUTE)

    async def test_count_as_used_in_their_workspace_and_no_other_until_settled_or_run_out(self, store: Store) -> None:
        team, other = Requester(TEAM), Requester(OTHER_TEAM)
        assert await self.reserve(store, "a", team, 600) is Allowance.GRANTED
        assert await self.reserve(store, "b", other, 600) is Allowance.GRANTED
        assert await self.reserve(store, "c", team, 600) is Allowance.LATER
        await store.spending.settle("a", DAY, TEAM, "m", Spent(1, 100, 0, 0.1))
        assert await self.reserve(store, "c", team, 600) is Allowance.GRANTED
        assert await self.reserve(store, "d", team, 600) is Allowance.LATER
        assert await self.reserve(store, "d", team, 600, now=NOW + 2 * A_MINUTE) is Allowance.GRANTED
        assert await store.spending.used(DAY, TEAM) == 100

    async def test_for_somebody_erased_meanwhile_are_settled_as_nobodys(self, store: Store) -> None:
        await self.reserve(store, "a", Requester(TEAM, ANA), 50)
        await self.reserve(store, "b", Requester(TEAM, ANA), 50)
        await store.spending.settle("b", DAY, TEAM, "m", Spent(1, 5, 5, 0.0))
        erasure = await store.personal_data.begin_erasure(TEAM, ANA, at=NOW)
        await store.personal_data.erase(TEAM, ANA, erasure)
        await store.spending.settle("a", DAY, TEAM, "m", Spent(1, 20, 5, 0.0))
        assert await store.spending.by(DAY, TEAM, ANA) == Spent()
        assert await store.spending.by(DAY, TEAM, "") == Spent(2, 25, 10, 0.0)


class TestWhatAModelCouldNotSummarise:
    async def test_is_kept_by_paper_language_and_model(self, store: Store) -> None:
        tries = SummaryTries(1, 2, "garbled", NOW)
        await store.summary_failures.remember(MELTEMI, "en", "qwen", tries)
        await store.summary_failures.remember(MELTEMI, "en", "qwen", tries)
        assert await store.summary_failures.find(MELTEMI, "en", "qwen") == tries
        assert await store.summary_failures.find(MELTEMI, "ko", "qwen") is None
        assert await store.summary_failures.find(MELTEMI, "en", "llama") is None
        await store.summary_failures.forget(MELTEMI, "en", "qwen")
        assert await store.summary_failures.find(MELTEMI, "en", "qwen") is None

    async def test_has_its_latest_word(self, store: Store) -> None:
        latest = SummaryTries(2, 0, "cut_short", NOW + A_MINUTE)
        await store.summary_failures.remember(MELTEMI, "en", "qwen", latest)
        await store.summary_failures.remember(MELTEMI, "en", "qwen", SummaryTries(1, 0, "garbled", NOW))
        assert await store.summary_failures.find(MELTEMI, "en", "qwen") == latest

    async def test_is_counted_since_the_model_last_wrote_one(self, store: Store) -> None:
        for number, language in enumerate(("en", "ko", "ja")):
            tries = SummaryTries(1, 0, "garbled", NOW + number * A_MINUTE)
            await store.summary_failures.remember(MELTEMI, language, "qwen", tries)
        await store.summary_failures.remember(MELTEMI, "de", "qwen", SummaryTries(0, 9, "unreachable", NOW))
        await store.summary_failures.remember(MELTEMI, "en", "llama", SummaryTries(1, 0, "garbled", NOW))
        assert await store.summary_failures.in_a_row("qwen") == 3
        written = replace(summary(), origin=Origin.MODEL, made_by="qwen", made_at=NOW + A_MINUTE)
        await store.summaries.remember(written)
        assert await store.summary_failures.in_a_row("qwen") == 1

    async def test_is_told_once_when_it_was_given_up(self, store: Store) -> None:
        for team in (TEAM, OTHER_TEAM):
            await store.memberships.rejoin_team(team, now=NOW)
        for language, failures, reason in (("en", 3, "garbled"), ("ko", 3, "cut_short"), ("ja", 4, "cut_short")):
            await store.summary_failures.remember(MELTEMI, language, "qwen", SummaryTries(failures, 0, reason, NOW))
        await store.summary_failures.remember(MELTEMI, "de", "qwen", SummaryTries(2, 0, "empty", NOW))
        assert await store.summary_failures.given_up(NOW, untold=TEAM) == {"cut_short": 2, "garbled": 1}
        assert await store.summary_failures.given_up(NOW + A_MINUTE) == {}
        await store.summary_failures.note_told(TEAM, NOW)
        assert await store.summary_failures.given_up(NOW, untold=TEAM) == {}
        assert await store.summary_failures.given_up(NOW, untold=OTHER_TEAM) == {"cut_short": 2, "garbled": 1}
        assert await store.summary_failures.given_up(NOW) == {"cut_short": 2, "garbled": 1}
        # A person asked again in vain: that is no news.
        await store.summary_failures.remember(MELTEMI, "en", "qwen", SummaryTries(4, 0, "garbled", NOW + A_MINUTE))
        assert await store.summary_failures.given_up(NOW, untold=TEAM) == {}

    async def test_has_an_end(self, store: Store) -> None:
        await store.summary_failures.remember(MELTEMI, "en", "qwen", SummaryTries(3, 0, "garbled", NOW))
        await store.summary_failures.prune(NOW)
        assert await store.summary_failures.find(MELTEMI, "en", "qwen")
        await store.summary_failures.prune(NOW + A_MINUTE)
        assert await store.summary_failures.find(MELTEMI, "en", "qwen") is None
