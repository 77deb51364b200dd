"""The services that need no Slack: the store, the sources of papers, the library, and the summarizer."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.clock import CorrectedClock, SystemClock
from bot.editions.daily import ComposedEditions, DailyEdition
from bot.errors import StoreError
from bot.http import DEFAULT_RETRY_POLICY, open_client
from bot.leases import HeldAlone, SharedLeases, process_name
from bot.library import Library
from bot.named_tasks import repeated
from bot.questions.answering import QuestionAnswers
from bot.rules.leases import RENEWED_EVERY
from bot.settings import Provider
from bot.source_turns import SourceTurns
from bot.sources.arxiv import SECONDS_BETWEEN_REQUESTS, Arxiv
from bot.sources.full_text import SECONDS_BETWEEN_PAGES, FullTexts
from bot.sources.hugging_face import HuggingFace
from bot.store.opening import open_store
from bot.summaries.token_limits import USUAL_OUTPUT, characters_in
from bot.summarizer import Summarizer
from bot.token_budget import TokenBudget

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection
    from datetime import date

    from bot.clock import Clock
    from bot.http import Client, RetryPolicy
    from bot.leases import Leases
    from bot.library import SinglePapers
    from bot.rules.papers import FullText
    from bot.settings import Settings
    from bot.store import Papers, Store
    from bot.summaries.models.client import LanguageModel
    from bot.summaries.writer import Writer

log = structlog.get_logger(__name__)

# As many as a morning has papers: the slowest of them then decides when the last is written.
SUMMARIES_AT_ONCE = 10
# How many messages may be claimed at a time, and editions planned. On a server, where each waits for one of a few
# connections, the wait for a connection must not use up the time within which a claim is good.
_TURNS_ON_SERVER, _TURNS_IN_FILE = (8, 4), (1000, 20)
# How often it is looked how far the database's clock is from the machine's.
MEASURED_EVERY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that belong to no workspace. A digest waits `waits_for_summaries` for summaries to be written.

    `leases` are those of this process. As many workspaces as there are, all its senders claim in `claim_turns`, and all
    its schedules plan in `planning_turns`.
    """

    settings: Settings
    clock: Clock
    store: Store
    leases: Leases
    library: Library
    summarizer: Summarizer
    questions: QuestionAnswers
    token_budget: TokenBudget
    composed: ComposedEditions
    waits_for_summaries: timedelta
    claim_turns: asyncio.Semaphore
    planning_turns: asyncio.Semaphore

    def daily_edition(self, *, team: str = "", workspace_url: str = "") -> DailyEdition:
        """The daily digest of a workspace, at this address; without one, it links to no message."""
        return DailyEdition(
            self.store,
            self.library,
            self.summarizer,
            self.clock,
            source_url=self.settings.hf_url,
            saving_emoji=self.settings.paperboy_emoji,
            waits_for_summaries=self.waits_for_summaries,
            team=team,
            workspace_url=workspace_url,
            composed=self.composed,
        )


@asynccontextmanager
async def open_services(
    settings: Settings,
    *,
    clock: Clock | None = None,
    exclusive: bool = False,
    retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY,
    waits_for_summaries: timedelta = timedelta(0),
    in_place_of_arxiv: SinglePapers | None = None,
    only_days: Collection[date] | None = None,
    lease_seconds: Callable[[], float] | None = None,
) -> AsyncIterator[Services]:
    """The services as the settings say, closed on leaving.

    `exclusive` is for a running bot, the only one on its file; `retry_policy` is for the lists of days. The demo
    and the playground give something `in_place_of_arxiv`, and have `only_days`. Leases last for so many of the
    `lease_seconds`, by which the machine's are meant: a `clock` that is moved makes none run out.

    Raises `StoreError` or `SettingMissing`.
    """
    store = await open_store(settings, exclusive=exclusive)
    try:
        async with (
            _open_clock(settings, store, clock) as clock,
            _open_leases(settings, store, clock, lease_seconds or SystemClock().monotonic) as leases,
            open_client(settings.paperboy_contact, network=settings.network) as client,
            open_client(settings.paperboy_contact, connections=SUMMARIES_AT_ONCE, network=settings.network) as to_model,
        ):

            def turns(source: str, seconds: float) -> Callable[[], Awaitable[None]] | None:
                shared = leases.are_shared
                return SourceTurns(store.rate_limits, clock, source, seconds=seconds).wait if shared else None

            library = Library(
                store.listings,
                store.papers,
                HuggingFace(client, settings.hf_url, now=clock.now, retry_policy=retry_policy),
                in_place_of_arxiv
                or Arxiv(
                    client,
                    settings.arxiv_api_url,
                    sleep=clock.sleep,
                    monotonic=clock.monotonic,
                    wait_for_others=turns("arxiv api", SECONDS_BETWEEN_REQUESTS),
                ),
                clock,
                only_days=only_days,
            )
            await library.read_kept_lists_again()
            full_texts = FullTexts(
                client,
                settings.hf_url,
                settings.arxiv_url,
                sleep=clock.sleep,
                monotonic=clock.monotonic,
                note_read=partial(_remember_length, store.papers),
                wait_for_others=turns("arxiv pages", SECONDS_BETWEEN_PAGES),
            )
            model = open_model(settings, to_model)
            token_budget = TokenBudget(store.spending, clock, settings.budget())
            summarizer = Summarizer(
                store.papers,
                store.summaries,
                store.summary_failures,
                full_texts,
                clock,
                writer=_writer(model) if model else None,
                budget=token_budget,
                leases=leases,
                most_characters=characters_in(settings.llm_window, settings.llm_max_output or USUAL_OUTPUT),
            )
            questions = QuestionAnswers(store.summaries, full_texts, model=model, budget=token_budget)
            try:
                yield Services(
                    settings,
                    clock,
                    store,
                    leases,
                    library,
                    summarizer,
                    questions,
                    token_budget,
                    ComposedEditions(),
                    waits_for_summaries,
                    *map(asyncio.Semaphore, _TURNS_ON_SERVER if leases.are_shared else _TURNS_IN_FILE),
                )
            finally:
                await questions.close()
                await summarizer.close()
    finally:
        await store.close()


@asynccontextmanager
async def _open_clock(settings: Settings, store: Store, given: Clock | None) -> AsyncIterator[Clock]:
    """The clock that is `given`, or else the machine's, or that of the database where others share it."""
    if given or settings.database_path is not None:
        yield given or SystemClock()
        return
    clock = CorrectedClock(store.database.now, SystemClock())
    await clock.measure()
    async with repeated(clock.measure, every=MEASURED_EVERY_SECONDS, wait=asyncio.sleep):
        yield clock


@asynccontextmanager
async def _open_leases(
    settings: Settings, store: Store, clock: Clock, seconds: Callable[[], float]
) -> AsyncIterator[Leases]:
    """The leases of this process; where others share the database they are renewed, in seconds of the network."""
    owner = process_name()
    if settings.database_path is not None:
        yield HeldAlone(owner)
        return
    leases = SharedLeases(store.leases, owner, now=clock.now, seconds=seconds)
    async with repeated(leases.renew, every=RENEWED_EVERY.total_seconds(), wait=asyncio.sleep):
        try:
            yield leases
        finally:
            await leases.end()


async def _remember_length(papers: Papers, text: FullText) -> None:
    try:
        await papers.remember_length(text.paper_id, text.words, text.arxiv_version)
    except StoreError as error:  # the text may be worked with all the same
        log.warning("couldn't store the length of a paper", error=str(error))


def open_model(settings: Settings, client: Client, *, retry_policy: RetryPolicy | None = None) -> LanguageModel | None:
    """The language model the settings name, None when they name none; tried again as is usual for models, unless the
    `retry_policy` says otherwise. Raises `SettingMissing`."""
    if settings.llm_provider is Provider.NONE:
        return None
    # Here, as below: loaded where a model is set, and not at every start, where both take 20 ms.
    from bot.summaries.models.client import RETRY_POLICY, ApiStyle, LanguageModel

    return LanguageModel(
        client,
        api_style=ApiStyle(settings.llm_provider),
        base_url=settings.llm_base_url,
        api_key=settings.llm_api_key.get_secret_value() if settings.llm_api_key else None,
        model=settings.require("LLM_MODEL"),
        at_once=SUMMARIES_AT_ONCE,
        most_output_tokens=settings.llm_max_output,
        window=settings.llm_window,
        effort=settings.llm_reasoning_effort,
        retry_policy=retry_policy or RETRY_POLICY,
    )


def _writer(model: LanguageModel) -> Writer:
    from bot.summaries.writer import Writer

    return Writer(model)
