"""What a person sees in a terminal: output, exit codes, one clear line when something is wrong."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from bot.cli.arguments import read_day
from tests.clocks import PatientClock
from tests.harness import DAY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.outside import Outside

DATE = str(DAY)


async def test_post_posts_once_and_says_so(outside: Outside) -> None:
    arguments = ("post", "--channel", outside.papers.id, "--date", DATE, "--top", "1")
    assert (await outside.do(*arguments))[:2] == (0, f"Posted 2 of 2 messages for {DATE} to {outside.papers.id}.\n")
    code, again, _ = await outside.do(*arguments)
    assert code == 0
    assert "Nothing was sent" in again
    assert len(outside.slack.messages(outside.papers.id)) == 2


async def test_post_again_sends_what_slack_rejected_and_adds_nothing_to_a_day_that_is_whole(outside: Outside) -> None:
    arguments = ("post", "--channel", outside.papers.id, "--date", DATE, "--top", "2")
    outside.slack.faults.error("chat.postMessage", 3, "no_text")
    code, out, complaint = await outside.do(*arguments)
    assert (code, out) == (1, f"Posted 2 of 3 messages for {DATE} to {outside.papers.id}.\n")
    (line,) = complaint.splitlines()[-1:]
    assert line.startswith("paperboy: Slack rejected 1 of 3 messages")
    assert f"`paperboy post --channel {outside.papers.id} --date {DATE} --again`" in line
    code, _, complaint = await outside.do(*arguments)
    assert (code, complaint.splitlines()[-1]) == (1, line)
    assert len(outside.slack.messages(outside.papers.id)) == 2
    assert await outside.do(*arguments, "--again") == (
        0,
        f"Posted 1 of 3 messages for {DATE} to {outside.papers.id}.\n",
        "",
    )
    assert len(outside.slack.messages(outside.papers.id)) == 3
    code, out, _ = await outside.do(*arguments, "--again", "--unconfirmed")
    assert (code, "Nothing was sent" in out) == (0, True)
    assert len(outside.slack.messages(outside.papers.id)) == 3


@pytest.mark.long
async def test_what_is_unconfirmed_is_listed_and_sent_only_when_that_is_asked_for(outside: Outside) -> None:
    arguments = ("post", "--channel", outside.papers.id, "--date", DATE, "--top", "2", "--again")
    outside.slack.faults.drop_before_accepting("chat.postMessage", 3)
    code, _, complaint = await outside.do(*arguments)
    assert (code, "1 of 3 messages" in complaint, "--again --unconfirmed`" in complaint) == (1, True, True)
    assert (await outside.do(*arguments))[0] == 1
    assert len(outside.slack.messages(outside.papers.id)) == 2
    assert (await outside.do(*arguments, "--unconfirmed"))[0] == 0
    assert len(outside.slack.messages(outside.papers.id)) == 3


async def test_what_slack_does_not_take_now_is_sent_by_the_same_command_later(outside: Outside) -> None:
    arguments = ("post", "--channel", outside.papers.id, "--date", DATE, "--top", "1")
    outside.slack.faults.answer("chat.postMessage", 2, status=429, retry_after=3600)
    code, _, complaint = await outside.do(*arguments)
    assert (code, "1 of 2 messages" in complaint, "ratelimited" in complaint) == (1, True, True)
    assert len(outside.slack.messages(outside.papers.id)) == 1


async def test_unconfirmed_goes_with_again(outside: Outside) -> None:
    code, _, complaint = await outside.do("post", "--channel", outside.papers.id, "--unconfirmed")
    assert (code, complaint.count("\n")) == (2, 1)


async def test_dry_run_prints_exactly_what_goes_to_any_workspace_and_sends_nothing(outside: Outside) -> None:
    arguments = ("post", "--channel", outside.papers.id, "--date", DATE, "--top", "1")
    code, out, _ = await outside.do(*arguments, "--dry-run")
    assert code == 0
    assert outside.slack.messages(outside.papers.id) == []
    outside.slack.faults.refuse_blocks("container")
    await outside.do(*arguments)
    sent = [call.arguments for call in outside.slack.calls if call.method == "chat.postMessage"]
    fields = ("text", "blocks", "metadata")
    printed = json.loads(out)
    assert printed == [
        {field: message[field] for field in fields}
        for message in sent
        if all(block["type"] != "container" for block in message["blocks"])
    ]


async def test_an_empty_day_and_one_not_open_yet_each_say_so_and_are_no_failure(outside: Outside) -> None:
    code, empty, _ = await outside.do("post", "--channel", outside.papers.id, "--date", "2024-08-03")
    assert code == 0
    outside.sources.not_open(DAY.replace(year=2030))
    code, early, _ = await outside.do("post", "--channel", outside.papers.id, "--date", "2030-07-31")
    assert code == 0
    assert empty != early
    assert "2024" in empty
    assert "2030" in early


async def test_an_unreachable_source_exits_1(outside: Outside) -> None:
    outside.sources.down()
    code, out, complaint = await outside.do("digest", "--date", DATE)
    assert (code, out) == (1, "")
    assert complaint.splitlines()[-1].startswith("paperboy: ")


async def test_digest_gives_the_whole_day_by_votes(outside: Outside) -> None:
    code, out, _ = await outside.do("digest", "--date", DATE, "--format", "json")
    entries = json.loads(out)
    assert code == 0
    assert len(entries) == 10
    assert [entry["votes"] for entry in entries] == sorted((entry["votes"] for entry in entries), reverse=True)
    told = {"id", "title", "authors", "votes", "url", "thumbnail", "summary"}
    facts = {"organization", "comments", "keywords", "code", "code_stars", "project", "media", "submitted_by"}
    assert told | facts | {"feed_summary", "takeaway", "takeaway_language", "takeaway_origin"} <= entries[0].keys()
    assert all(0 < len(entry["takeaway"]) <= 200 for entry in entries)
    assert entries[0]["authors"][0] == "Leon Voukoutis"


async def test_digest_and_show_tell_what_the_list_does(outside: Outside) -> None:
    paper = {
        "id": "2407.20743",
        "title": "Meltemi",
        "ai_summary": "It is open.",
        "ai_keywords": ["Greek"],
        "githubRepo": "https://github.com/a/b",
        "githubStars": 0,
        "organization": {"fullname": "ILSP"},
        "mediaUrls": ["https://a.example/1.mp4"],
    }
    outside.sources.day(DAY, [{"paper": paper, "numComments": 6, "submittedBy": {"fullname": "AK"}}])
    _, out, _ = await outside.do("digest", "--date", DATE, "--format", "json")
    [entry] = json.loads(out)
    facts = {
        "organization": "ILSP",
        "comments": 6,
        "keywords": ["Greek"],
        "code": "https://github.com/a/b",
        "code_stars": 0,
        "project": None,
        "media": ["https://a.example/1.mp4"],
        "submitted_by": "AK",
        "feed_summary": "It is open.",
    }
    assert facts.items() <= entry.items()
    _, out, _ = await outside.do("show", "2407.20743", "--json")
    assert facts.items() <= json.loads(out).items()


def test_without_a_date_the_latest_complete_weekday_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    sunday = PatientClock(datetime(2026, 8, 23, 12, tzinfo=UTC))
    monkeypatch.setattr("bot.cli.arguments.SystemClock", lambda: sunday)
    assert read_day(None) == date(2026, 8, 21)


async def test_digest_in_slacks_form_is_what_would_be_posted(outside: Outside) -> None:
    _, out, _ = await outside.do("digest", "--date", DATE, "--format", "slack", "--top", "2", "--language", "ko")
    messages = json.loads(out)
    assert len(messages) == 3
    assert all(set(message) == {"text", "blocks"} for message in messages)
    assert "저장" in out


async def test_digest_in_markdown_keeps_the_form_of_the_digests_it_replaces(outside: Outside) -> None:
    _, out, _ = await outside.do("digest", "--date", DATE, "--format", "markdown", "--top", "1")
    lines = out.splitlines()
    assert lines[0] == f"## Daily Papers ({DATE})"
    assert lines[2] == (
        "### [Meltemi: The first open Large Language Model for Greek](https://arxiv.org/abs/2407.20743)"
    )
    assert "Vote: 50" in lines
    assert any(line.startswith("Authors: Leon Voukoutis, ") for line in lines)
    assert any(line.startswith("- **What's New**: ") for line in lines)


@pytest.mark.parametrize(
    "arguments", [("digest", "--format", "json"), ("post", "--channel", "C0000000001", "--dry-run", "--top", "10")]
)
async def test_a_broken_item_is_named_on_stderr_and_costs_nothing_else(
    outside: Outside, arguments: tuple[str, ...]
) -> None:
    from tests.harness import bundled_day

    broken = {"paper": {"id": "2407.99999", "upvotes": 70, "authors": []}}
    outside.sources.day(DAY, [broken, *bundled_day()])
    code, out, complaint = await outside.do(*arguments, "--date", DATE)
    assert code == 0
    assert len(json.loads(out)) >= 10
    assert "2407.99999" not in out
    (line,) = [line for line in complaint.splitlines() if "2407.99999" in line]
    assert "skipped" in line


async def test_show_prints_a_paper(outside: Outside) -> None:
    await outside.do("digest", "--date", DATE)
    code, out, _ = await outside.do("show", "https://arxiv.org/pdf/2407.21017v2")
    assert code == 0
    assert "Matting by Generation" in out


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["post", "--channel", "C0000000001", "--date", "31.07.2024"], 2, "31.07.2024"),
        (["post"], 2, "--channel"),
        (["show", "no paper"], 1, "no paper"),
        (["nonsense"], 2, "nonsense"),
        (["digest", "--top", "0"], 2, "'--top': use 1 or more."),
        (["post", "--channel", "C0000000001", "--top", "99"], 2, "'--top': use 50 or less."),
        (["play", "--port", "http"], 2, "'--port': use a whole number."),
        (["digest", "--format", "html"], 2, "'--format': 'html' is not one of"),
    ],
)
async def test_wrong_use_is_one_line(outside: Outside, arguments: list[str], code: int, named: str) -> None:
    got, out, complaint = await outside.do(*arguments)
    assert got == code
    assert out == ""
    assert named in complaint
    assert complaint.count("\n") == 1


async def test_a_database_that_is_none_is_named(outside: Outside, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("this is no database, just a rather long line of text\n" * 50, encoding="utf-8")
    code, _, complaint = await outside.do("digest", "--date", DATE, DATABASE_URL=f"sqlite:///{tmp_path / 'notes.txt'}")
    assert code == 1
    assert "notes.txt" in complaint
    assert "Traceback" not in complaint


async def test_manifest_prints_json(outside: Outside) -> None:
    code, out, _ = await outside.do("manifest")
    assert code == 0
    assert json.loads(out)["features"]["slash_commands"][0]["command"] == "/paper"
