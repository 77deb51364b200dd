"""`make bench`: what Paperboy promises of its speed, each figure beside its yardstick, taken in the same run."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from bot.logs import configure_logs
from bot.settings import LogFormat, LogLevel
from tests.bench import (
    busy_year,
    fleets,
    home_tab,
    moving,
    page,
    process,
    reading_list,
    search,
    slack_requests,
    thousand_channels,
)
from tests.fleet.__main__ import TEN_THOUSAND

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@dataclass(frozen=True)
class Row:
    """A line of the table; `within` is whether the bar was met."""

    what: str
    ours: str
    yardstick: str
    ratio: str
    bar: str
    within: bool


async def commands() -> list[Row]:
    """`/paper`."""
    ours, bare = await slack_requests.measure_command()
    listed, bare_listed = await slack_requests.measure_list()
    return [
        Row("`/paper` on a known paper, to its card, p50", f"{ours:.2f} ms", f"bare Bolt {bare:.2f} ms",
            f"{ours / bare:.1f}×", "≤ 2×", ours <= 2 * bare),
        Row("`/paper list` of a person with a zone and 5,000 saves, p50", f"{listed:.2f} ms",
            f"the same rows, bare Bolt {bare_listed:.2f} ms", f"{listed / bare_listed:.1f}×", "≤ 2.5×",
            listed <= 2.5 * bare_listed),
    ]  # fmt: skip


async def reactions() -> list[Row]:
    """Reactions."""
    ours, bare = await slack_requests.measure_reactions()
    return [
        Row("reaction committed, then acknowledged", f"{ours:,.0f}/s", f"Bolt + sqlite3 {bare:,.0f}/s",
            f"{ours / bare:.2f}×", "≥ 0.75×", ours >= 0.75 * bare)
    ]  # fmt: skip


async def lists() -> list[Row]:
    """Reading lists."""
    taken = await reading_list.measure()
    home, raw_home = await home_tab.measure()
    due, raw_due = taken.views["reminders due"]

    def beside_sqlite(view: str, what: str, bar: str) -> Row:
        ours, raw = taken.views[view]
        return Row(what, f"{ours:.2f} ms", f"raw sqlite3 {raw:.2f} ms", f"{ours / raw:.1f}×", bar, ours <= 1.5 * raw)

    return [
        beside_sqlite("newest", "page of a reading list among 1,000,000 saves of 50,000 people, p50", "≤ 1.5×"),
        beside_sqlite("state and tag", "… of one state and tag", "≤ 1.5×"),
        beside_sqlite("words", "… having a word", "≤ 1.5×"),
        beside_sqlite("votes", "… by upvotes", "≤ 1.5×"),
        beside_sqlite("counts", "… the numbers by state", "≤ 1.5×"),
        Row("the next of 50,000 people to remind, p50", f"{due:.2f} ms", f"raw sqlite3 {raw_due:.2f} ms",
            f"{due / raw_due:.1f}×", "≤ 5 ms", due <= 5),
        Row("what a team's recap asks of those saves, p50", f"{taken.week:.0f} ms", "–", "–", "≤ 1,000 ms",
            taken.week <= 1000),
        Row("reactions of 2,000 people at once, each committed, among those saves", f"{taken.burst:,.0f}/s", "–", "–",
            "≥ 500/s", taken.burst >= 500),
        Row("… the slowest of them", f"{taken.slowest:.0f} ms", "–", "–", "≤ 1 s", taken.slowest <= 1000),
        Row("what a Home tab shows of a person with 5,000 saves, p50", f"{home:.2f} ms",
            f"the same queries, raw sqlite3 {raw_home:.2f} ms",
            f"{home / raw_home:.1f}×", "≤ 1.5×", home <= 1.5 * raw_home),
    ]  # fmt: skip


async def searches() -> list[Row]:
    """Searches."""
    taken = await search.measure()
    (ours, raw), (common, raw_common), (rare, raw_rare) = map(
        taken.medians, (search.QUERIES, search.COMMON_WORDS, search.RARE)
    )
    return [
        Row("search among 100,000 papers in English and Korean, common and rare words half each, p50",
            f"{ours:.1f} ms (common {common:.1f}, rare {rare:.1f})",
            f"FTS5's own ranking {raw:.1f} ms (common {raw_common:.1f}, rare {raw_rare:.1f})",
            f"{ours / raw:.2f}×", "≤ 1.5×, ≤ 30 ms", ours <= min(1.5 * raw, 30))
    ]  # fmt: skip


async def mornings() -> list[Row]:
    """One channel, and a thousand, each with a year behind it."""
    one = await thousand_channels.measure(channels=1)
    many = await thousand_channels.measure(channels=1000)
    return [
        Row("due → first message received", f"{one.first:.2f} s", "–", "–", "≤ 1 s", one.first <= 1),
        Row(f"1,000 channels due in one minute, {many.messages:,} messages in order, a year of history",
            f"{many.last:.1f} s", f"Slack's limits {many.limit:.0f} s", f"{many.last / many.limit:.2f}×", "≤ 1.15×",
            many.in_order and many.last <= 1.15 * many.limit),
        Row("… the first of them", f"{many.first:.2f} s", "–", "–", "≤ 1 s", many.first <= 1),
        Row("… memory they took", f"{many.grown_mb:.0f} MB", "–", "–", "≤ 100 MB", many.grown_mb <= 100),
    ]  # fmt: skip


async def years() -> list[Row]:
    """What is kept."""
    size = await busy_year.measure()
    added, kept, lately = (each / 1_000_000 for each in (size.added, size.kept, size.lately))
    return [
        Row(f"what a busy year of {size.channels} channels adds to the database", f"{added:.1f} MB",
            f"kept on purpose {kept:.1f} MB, beside {lately:.0f} MB of the last weeks",
            f"{added / kept:.2f}×", "≤ 1.1×", added <= 1.1 * kept)
    ]  # fmt: skip


async def moves() -> list[Row]:
    """From one database to the other, where there is a server."""
    taken = await asyncio.to_thread(moving.measure)
    if taken is None:
        return []
    there, back = taken.there, taken.back
    memory = max(there.megabytes, back.megabytes)
    return [
        Row(f"`migrate-store` of 1,000,000 saves ({taken.rows:,} rows) to PostgreSQL, every row compared",
            f"{there.seconds:.0f} s", f"COPY alone, nothing compared {taken.bare:.0f} s",
            f"{there.seconds / taken.bare:.1f}×", "≤ 4×", there.seconds <= 4 * taken.bare),
        Row("… and back", f"{back.seconds:.0f} s", "–", "–", "≤ 600 s", back.seconds <= 600),
        Row("… tables that came back otherwise than they went", f"{len(taken.differing)}", "–", "–", "≤ 0",
            not taken.differing),
        Row("… memory it took", f"{memory:.0f} MB", "–", "–", "≤ 150 MB", memory <= 150),
    ]  # fmt: skip


async def fleets_of_replicas() -> list[Row]:
    """Replicas, where there is a server."""
    taken = await fleets.measure()
    single = await fleets.measure_single_messages()
    if taken is None or single is None:
        return []
    ours, alone, verdict = taken.replicas.cpu_a_message, taken.alone.cpu_a_message, taken.replicas.verdict
    wrong = verdict.lost + verdict.doubled + verdict.out_of_order
    least = fleets.limit(TEN_THOUSAND)
    return [
        Row("1,000 channels, three replicas on PostgreSQL, one killed half-way: processor time a message",
            f"{ours:.2f} ms", f"one process on SQLite {alone:.2f} ms", f"{ours / alone:.1f}×", "≤ 2×",
            ours <= 2 * alone),
        Row(f"… lost, doubled, or out of order, of {verdict.messages:,} messages ({verdict.repaired} repaired)",
            f"{wrong}", "–", "–", "≤ 0", not wrong),
        Row("10,000 channels in 200 workspaces, one message each, three replicas", f"{single.seconds:.0f} s",
            f"Slack's limits {least:.0f} s", f"{single.seconds / least:.1f}×", "≤ 1.5×",
            single.verdict.is_exact and single.seconds <= 1.5 * least),
    ]  # fmt: skip


async def processes() -> list[Row]:
    """Start, size and reconnects."""
    (seconds, megabytes), (bare_seconds, bare_megabytes) = await process.measure_start()
    used = await process.measure_use()
    back = await process.measure_reconnects()
    return [
        Row("start to connected", f"{seconds:.2f} s", f"bare Bolt {bare_seconds:.2f} s",
            f"{seconds / bare_seconds:.1f}×", "≤ 2.5×", seconds <= 2.5 * bare_seconds),
        Row("resident memory, connected", f"{megabytes:.0f} MB", f"bare Bolt {bare_megabytes:.0f} MB",
            f"{megabytes / bare_megabytes:.2f}×", "≤ 1.85×", megabytes <= 1.85 * bare_megabytes),
        Row("… after the first digest and 250 commands", f"{used:.0f} MB",
            f"bare Bolt, connected {bare_megabytes:.0f} MB", f"{used / bare_megabytes:.2f}×", "≤ 1.85×",
            used <= 1.85 * bare_megabytes),
        Row("ten reconnects, slowest", f"{max(back) * 1000:.0f} ms", "–", "–", "≤ 6 s", max(back) <= 6),
    ]  # fmt: skip


async def pages() -> list[Row]:
    """The page of `make play`, where there is a browser."""
    if not page.is_possible():
        return []
    (paint, bare), (seen, bare_seen) = await page.measure()
    return [
        Row("page of 1,000 messages, drawn and painted, p50", f"{paint:.0f} ms", f"the same HTML, a file {bare:.0f} ms",
            f"{paint / bare:.1f}×", "≤ 4×", paint <= 4 * bare),
        Row("… a message written → seen there, p50", f"{seen:.1f} ms", f"ready-made HTML {bare_seen:.1f} ms",
            f"{seen / bare_seen:.1f}×", "≤ 50 ms", seen <= 50),
    ]  # fmt: skip


MEASURES: tuple[Callable[[], Awaitable[list[Row]]], ...] = (
    commands,
    reactions,
    lists,
    searches,
    mornings,
    years,
    moves,
    fleets_of_replicas,
    processes,
    pages,
)


def main() -> None:
    """Measure everything and print the table."""
    configure_logs(LogLevel.ERROR, LogFormat.CONSOLE)
    rows: list[Row] = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for measure in progress.track(MEASURES, description="measuring"):
            rows += asyncio.run(_taken(measure))
    print("| what | Paperboy | beside it | ratio | bar | |\n|---|---|---|---|---|---|")
    for row in rows:
        met = "✓" if row.within else "✗"
        print(f"| {row.what} | {row.ours} | {row.yardstick} | {row.ratio} | {row.bar} | {met} |")


async def _taken(measure: Callable[[], Awaitable[list[Row]]]) -> list[Row]:
    async with asyncio.timeout(1200):
        return await measure()


if __name__ == "__main__":
    main()
