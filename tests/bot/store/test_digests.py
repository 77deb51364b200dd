"""What the store remembers of imported digests: their own words, apart from everything that is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.old_digests import Bullet, DigestEntry, ImportedDigest
from bot.rules.papers import Origin
from tests.bot.store.samples import DAY, MATRYOSHKA, MELTEMI, NOW, paper

if TYPE_CHECKING:
    from bot.store import Store

NEXT_DAY = DAY + timedelta(days=1)
ENTRY = DigestEntry(
    MELTEMI,
    "Meltemi: “a title”, 제목",
    53,
    "Ana Ruiz, 김지민",
    "https://example.org/t.png",
    (Bullet("What's New", "새로운 모델입니다."), Bullet(None, "Free; DROP TABLE papers")),
)
DIGEST = ImportedDigest(
    DAY, "\ufeffAny  text,\r\nwith\x0c every\rcharacter 한 \U0001f516\n\n", (ENTRY, DigestEntry(MATRYOSHKA, "M"))
)


async def test_a_digest_comes_back_as_imported(store: Store) -> None:
    assert await store.papers.imported_digest(DAY) is None
    await store.papers.remember_digest(DIGEST, now=NOW)
    assert await store.papers.imported_digest(DAY) == DIGEST
    assert await store.papers.imported_digest(NEXT_DAY) is None


async def test_a_corrected_digest_takes_the_place_of_the_earlier(store: Store) -> None:
    await store.papers.remember_digest(DIGEST, now=NOW)
    corrected = ImportedDigest(DAY, "corrected", (replace(ENTRY, votes=None, bullets=()),))
    await store.papers.remember_digest(corrected, now=NOW)
    assert await store.papers.imported_digest(DAY) == corrected
    assert await store.papers.imported_summaries(MELTEMI) == []


async def test_what_a_digest_says_makes_no_paper_known_and_is_no_summary_to_show(store: Store) -> None:
    await store.papers.remember_digest(DIGEST, now=NOW)
    assert await store.papers.known([MELTEMI, MATRYOSHKA]) == {}
    assert await store.listings.last_listed(MELTEMI) is None
    await store.papers.remember(paper(MELTEMI), source="arxiv", now=NOW)
    assert await store.summaries.find(MELTEMI, "ko") is None


async def test_what_digests_say_of_a_paper_waits_to_be_checked_latest_day_first(store: Store) -> None:
    await store.papers.remember_digest(DIGEST, now=NOW)
    later = replace(ENTRY, bullets=(Bullet("Limitations", "It is small."),))
    await store.papers.remember_digest(ImportedDigest(NEXT_DAY, "later", (later,)), now=NOW)
    waiting = await store.papers.imported_summaries(MELTEMI)
    assert [(summary.made_at.date(), summary.language, summary.origin) for summary in waiting] == [
        (NEXT_DAY, "en", Origin.IMPORTED),
        (DAY, "ko", Origin.IMPORTED),
    ]
    assert [text for summary in waiting for _, text in summary.sections] == ["It is small.", "새로운 모델입니다."]
    assert await store.papers.imported_summaries(MATRYOSHKA) == []


async def test_a_checked_summary_is_shown_like_any_other(store: Store) -> None:
    await store.papers.remember(paper(MELTEMI), source="arxiv", now=NOW)
    await store.papers.remember_digest(DIGEST, now=NOW)
    (waiting,) = await store.papers.imported_summaries(MELTEMI)
    await store.summaries.remember(waiting)
    assert await store.summaries.find(MELTEMI, "ko") == waiting
