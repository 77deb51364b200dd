"""`paperboy doctor`: every ailment is found, and has its remedy; nothing is posted meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.cli import checks
from bot.cli.checks import examine, server_findings
from bot.cli.findings import Finding, Verdict
from bot.http import RetryPolicy
from bot.rules.feedback import Feedback, RatedSummary, Rating
from bot.rules.feeds import HUGGING_FACE
from bot.rules.papers import Origin, Paper, ReadSource, Section, Summary
from bot.rules.summary_retries import SummaryTries
from bot.services import open_services
from bot.settings import Provider, SecretStr
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from bot.store.connection import ServerFacts
from bot.store.sqlite import open_store
from tests.bot.store.samples import channel, morning, paper
from tests.clocks import PatientClock
from tests.harness import papers_of, settings_for
from tests.model_server import Answer, ScriptedModel
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from pathlib import Path

    from bot.settings import Settings
    from tests.outside import Outside


@asynccontextmanager
async def open_practice(
    folder: Path, *, manifest: dict[str, Any] | None = None, missing: Collection[str] = ()
) -> AsyncIterator[tuple[SlackEmulator, PaperSources, Path]]:
    """A healthy world today: Slack, sources, and a database with one channel; some scopes may be `missing`."""
    today = datetime.now(UTC)
    manifest = manifest or build_manifest()
    granted = {*manifest["oauth_config"]["scopes"]["bot"]}.difference(missing)
    async with PaperSources.open() as sources, SlackEmulator(manifest, granted=granted) as slack:
        day = HUGGING_FACE.last_settled_day(today)
        sources.day(day, papers_of(day))
        store = await open_store(folder / "paperboy.db")
        await store.channels.create(channel(), now=today)
        await store.close()
        yield slack, sources, folder


async def findings(settings: Settings, **more: Any) -> dict[str, Finding]:
    return {finding.what: finding async for finding in examine(settings, **more)}


async def test_a_healthy_set_up(tmp_path: Path) -> None:
    async with open_practice(tmp_path) as (slack, sources, folder):
        found = await findings(settings_for(slack, sources, folder))
        assert {finding.verdict for finding in found.values()} == {Verdict.OK}, found
        assert found.keys() >= {
            "Slack connection",
            "Disk space",
            "Database",
            "Hugging Face",
            "arXiv",
            "Slack token",
            "Scopes",
        }
        assert found.keys() >= {"Clock", "Socket Mode", "Channels", "Messages", "Language model"}
        assert not any(call.method.startswith("chat.") for call in slack.calls)


async def test_a_database_that_is_examined_stays_as_it_is(tmp_path: Path) -> None:
    """So that one made for `paperboy migrate-store` still counts as empty."""
    async with open_practice(tmp_path) as (slack, sources, folder):
        before = dump(folder / "paperboy.db")
        await findings(settings_for(slack, sources, folder))
        assert dump(folder / "paperboy.db") == before


def dump(path: Path) -> list[str]:
    """Every row of a database, without the one that is written to find out whether it can be."""
    with closing(sqlite3.connect(path)) as db:
        return [line for line in db.iterdump() if not line.startswith('INSERT INTO "last_check"')]


@pytest.mark.parametrize("manifest", [build_manifest(with_history=True), build_manifest(agent=True)])
async def test_an_app_that_is_as_the_manifest_says(tmp_path: Path, manifest: dict[str, Any]) -> None:
    async with open_practice(tmp_path, manifest=manifest) as (slack, sources, folder):
        settings = settings_for(slack, sources, folder, slack_config_token=SecretStr(slack.config_token))
        found = await findings(settings)
        assert found["Manifest"].verdict is Verdict.OK
        assert found["Scopes"].verdict is Verdict.OK


async def test_an_app_that_hears_less_than_the_manifest_says(tmp_path: Path) -> None:
    manifest = build_manifest()
    manifest["settings"]["event_subscriptions"]["bot_events"].remove("member_joined_channel")
    manifest["settings"]["interactivity"]["is_enabled"] = False
    async with open_practice(tmp_path, manifest=manifest) as (slack, sources, folder):
        settings = settings_for(slack, sources, folder, slack_config_token=SecretStr(slack.config_token))
        found = (await findings(settings))["Manifest"]
        assert found.verdict is Verdict.BROKEN
        assert found.text == "the installed app differs: missing event member_joined_channel, interactivity is off"


async def test_an_app_without_an_entry_point_that_may_be_left_out_is_only_worth_a_note(tmp_path: Path) -> None:
    manifest = build_manifest()
    scopes = manifest["oauth_config"]["scopes"]
    scopes["bot"].remove("im:history")
    scopes["bot_optional"].remove("im:history")
    manifest["settings"]["event_subscriptions"]["bot_events"].remove("message.im")
    async with open_practice(tmp_path, manifest=manifest) as (slack, sources, folder):
        settings = settings_for(slack, sources, folder, slack_config_token=SecretStr(slack.config_token))
        found = (await findings(settings))["Manifest"]
        assert found.verdict is Verdict.NOTE
        assert found.text == "the installed app leaves out: event message.im, scope im:history"


async def test_a_config_token_that_has_expired_is_only_worth_a_note(tmp_path: Path) -> None:
    async with open_practice(tmp_path) as (slack, sources, folder):
        found = await findings(settings_for(slack, sources, folder, slack_config_token=SecretStr("xoxe.old")))
        assert found["Manifest"].verdict is Verdict.NOTE
        assert "12 hours" in found["Manifest"].remedy


@pytest.mark.parametrize(
    ("changed", "what", "remedy"),
    [
        ({"slack_bot_token": None}, "Slack token", "paperboy manifest --link"),
        ({"slack_bot_token": SecretStr("xoxb-of-another-app")}, "Slack token", "OAuth & Permissions"),
        ({"slack_api_url": "http://127.0.0.1:9/api/"}, "Slack token", "SLACK_API_URL"),
        ({"slack_app_token": SecretStr("xapp-of-another-app")}, "Socket Mode", "connections:write"),
        ({"slack_app_token": None}, "Slack connection", "SLACK_SIGNING_SECRET"),
        ({"slack_app_token": None, "slack_signing_secret": SecretStr("s")}, "Slack connection", "PORT"),
        ({"hf_url": "http://127.0.0.1:9"}, "Hugging Face", "HF_URL"),
        ({"database_url": "sqlite:////dev/null/paperboy.db"}, "Database", "DATABASE_URL"),
        ({"database_url": "postgresql://ana:hush-hush@127.0.0.1:9/paperboy"}, "Database", "DATABASE_URL"),
    ],
)
async def test_what_is_set_wrongly_is_found(tmp_path: Path, changed: dict[str, Any], what: str, remedy: str) -> None:
    async with open_practice(tmp_path) as (slack, sources, folder):
        found = await findings(replace(settings_for(slack, sources, folder), **changed))
        assert found[what].verdict is Verdict.BROKEN
        assert remedy in found[what].remedy


async def test_an_arxiv_that_is_away_is_only_worth_a_note(tmp_path: Path) -> None:
    async with open_practice(tmp_path) as (slack, sources, folder):
        settings = replace(settings_for(slack, sources, folder), arxiv_api_url="http://127.0.0.1:9")
        assert (await findings(settings))["arXiv"].verdict is Verdict.NOTE


@pytest.mark.parametrize(
    ("change", "scope", "verdict"), [("remove", "users:read", Verdict.BROKEN), ("append", "pins:write", Verdict.NOTE)]
)
async def test_permissions_that_are_not_the_manifests_are_named(
    tmp_path: Path, change: str, scope: str, verdict: Verdict
) -> None:
    manifest = build_manifest()
    getattr(manifest["oauth_config"]["scopes"]["bot"], change)(scope)
    async with open_practice(tmp_path, manifest=manifest) as (slack, sources, folder):
        found = await findings(settings_for(slack, sources, folder))
        assert found["Scopes"].verdict is verdict
        assert scope in found["Scopes"].text


async def test_what_is_closed_for_want_of_a_scope_is_named_with_the_way_to_open_it(tmp_path: Path) -> None:
    async with open_practice(tmp_path, missing=["im:history", "links:read", "emoji:read"]) as (slack, sources, folder):
        found = (await findings(settings_for(slack, sources, folder)))["Scopes"]
        assert found.verdict is Verdict.NOTE
        assert found.text == (
            "closed: Replies to direct messages (im:history), Previews of links to papers (links:read),"
            " Imports from files you send (im:history)"
        )
        assert "App Manifest" in found.remedy
        assert "Install App" in found.remedy


async def test_the_scope_for_emoji_is_missed_only_where_custom_ones_are_set(tmp_path: Path) -> None:
    async with open_practice(tmp_path, missing=["emoji:read"]) as (slack, sources, folder):
        plain = settings_for(slack, sources, folder)
        assert (await findings(plain))["Scopes"].verdict is Verdict.OK
        found = await findings(replace(plain, paperboy_emoji=("ours",)))
        assert found["Scopes"].text == "closed: Checking for custom emoji (emoji:read)"


async def test_a_required_scope_that_is_missing_is_broken_and_says_what_it_closes(tmp_path: Path) -> None:
    async with open_practice(tmp_path, missing=["reactions:read"]) as (slack, sources, folder):
        found = (await findings(settings_for(slack, sources, folder)))["Scopes"]
        assert found.verdict is Verdict.BROKEN
        assert found.text == "missing: reactions:read. Closed: Saving papers with reactions"


async def test_a_clock_that_is_wrong(tmp_path: Path) -> None:
    async with open_practice(tmp_path) as (slack, sources, folder):
        wrong = PatientClock(datetime.now(UTC) + timedelta(minutes=7))
        found = await findings(settings_for(slack, sources, folder), clock=wrong)
        assert found["Clock"].verdict is Verdict.BROKEN
        assert "NTP" in found["Clock"].remedy


async def test_a_damaged_database(tmp_path: Path) -> None:
    async with open_practice(tmp_path) as (slack, sources, folder):
        (folder / "paperboy.db").write_bytes(b"not a database" * 1000)
        found = await findings(settings_for(slack, sources, folder))
        assert found["Database"].verdict is Verdict.BROKEN


SERVER = ServerFacts("17.2", is_pooled=False, is_durable=True, most_connections=100, connections=12)
NOTE, BROKEN = Verdict.NOTE, Verdict.BROKEN


@pytest.mark.parametrize(
    ("server", "minutes", "ailments"),
    [
        (SERVER, 0, {}),
        (SERVER, 2, {"Database clock": (NOTE, "NTP")}),
        (replace(SERVER, connections=95), 0, {"Database connections": (NOTE, "max_connections")}),
        (replace(SERVER, is_pooled=True), 0, {"Database connections": (NOTE, "hear from each other")}),
        (replace(SERVER, is_durable=False), 0, {"Database durability": (BROKEN, "fsync = on")}),
    ],
)
def test_what_may_be_wrong_with_a_server(
    server: ServerFacts, minutes: int, ailments: dict[str, tuple[Verdict, str]]
) -> None:
    found = {each.what: each for each in server_findings(server, timedelta(minutes=minutes))}
    assert {what: each.verdict for what, each in found.items() if each.verdict is not Verdict.OK} == {
        what: verdict for what, (verdict, _) in ailments.items()
    }
    for what, (_, remedy) in ailments.items():
        assert remedy in found[what].remedy


async def test_a_closed_channel_and_messages_nobody_knows_of(tmp_path: Path) -> None:
    async with open_practice(tmp_path) as (slack, sources, folder):
        now = datetime.now(UTC)
        store = await open_store(folder / "paperboy.db")
        here = channel()
        await store.channels.close(here.team, here.id, reason="is_archived", now=now)
        await store.papers.remember(paper(), source="arxiv", now=now)
        deliveries = morning("2407.20743")
        await store.outbox.plan(deliveries, now=now)
        await store.outbox.mark_unknown(deliveries[0].key, error="no way to tell")
        await store.close()
        found = await findings(settings_for(slack, sources, folder))
        assert found["Channels"].verdict is Verdict.NOTE
        assert "1 blocked by Slack" in found["Channels"].text
        assert found["Messages"].verdict is Verdict.NOTE
        assert "1 unconfirmed" in found["Messages"].text


async def test_a_person_reads_a_line_each_and_the_exit_code_says_whether_it_can_work(outside: Outside) -> None:
    code, told, complaint = await outside.do("doctor", SLACK_BOT_TOKEN="xoxb-of-another-app")
    assert code == 1
    assert complaint == ""
    assert "✗ Slack token" in told
    assert "    → " in told


class TestALanguageModel:
    async def test_that_answers_is_healthy_and_the_budget_is_told(self, tmp_path: Path, model: ScriptedModel) -> None:
        found = await findings_with_model(tmp_path, model)
        assert found["Language model"].verdict is Verdict.OK
        assert "0 of 1,000,000 tokens" in found["Budget"].text

    async def test_whose_key_is_wrong(self, tmp_path: Path, model: ScriptedModel) -> None:
        model.answers(Answer(words="Incorrect API key provided: sk-secret.", status=401))
        found = (await findings_with_model(tmp_path, model))["Language model"]
        assert found.verdict is Verdict.BROKEN
        assert "LLM_API_KEY" in found.remedy
        assert "sk-secret" not in found.text

    async def test_that_is_not_there(self, tmp_path: Path, model: ScriptedModel) -> None:
        found = (await findings_with_model(tmp_path, model, llm_base_url="http://127.0.0.1:1/v1"))["Language model"]
        assert found.verdict is Verdict.BROKEN
        assert "LLM_BASE_URL" in found.remedy

    async def test_that_cannot_keep_to_a_form(self, tmp_path: Path, model: ScriptedModel) -> None:
        model.answers(Answer(words="Hello! How can I help you?"))
        found = (await findings_with_model(tmp_path, model))["Language model"]
        assert found.verdict is Verdict.BROKEN
        assert "another model" in found.remedy

    @pytest.mark.parametrize(
        ("answer", "told", "remedy"),
        [
            (
                Answer(words="You exceeded your current quota. (insufficient_quota)", status=429),
                "quota",
                "Add credit",
            ),
            (Answer(words="Rate limit reached", status=429), "Rate limit reached", "Try again later"),
            (Answer(words="Loading model", status=503), "Loading model", "Try again later"),
            (Answer(words="", finish="length"), "thought", "LLM_REASONING_EFFORT"),
            (Answer(words='{"heard', finish="length"), "longer than allowed", "LLM_MAX_OUTPUT"),
            (Answer(words="maximum context length is 100 tokens", status=400), "context length", "LLM_WINDOW"),
            (Answer(raw=b"<!doctype html><title>Open WebUI</title>"), "no chat completion", "LLM_BASE_URL"),
        ],
    )
    async def test_that_says_what_is_wrong_is_told_with_what_to_set(
        self, tmp_path: Path, model: ScriptedModel, answer: Answer, told: str, remedy: str
    ) -> None:
        model.answers(answer)
        found = (await findings_with_model(tmp_path, model))["Language model"]
        assert found.verdict is Verdict.BROKEN
        assert told in found.text
        assert remedy in found.remedy

    async def test_that_thinks_before_it_answers_is_healthy(self, tmp_path: Path, model: ScriptedModel) -> None:
        model.answers(Answer(words="", finish="length"), Answer({"heard": True}))
        assert (await findings_with_model(tmp_path, model))["Language model"].verdict is Verdict.OK

    async def test_that_never_answers_is_waited_for_once_and_briefly(
        self, tmp_path: Path, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert checks._ONE_TRY.seconds <= 10
        monkeypatch.setattr(checks, "_ONE_TRY", RetryPolicy(tries=1, seconds=0.3))
        model.answers(Answer(when=asyncio.Event()))
        found = (await findings_with_model(tmp_path, model))["Language model"]
        assert found.verdict is Verdict.BROKEN
        assert "loading" in found.remedy
        assert len(model.asked) == 1

    async def test_that_failed_of_late_is_told_in_figures(self, tmp_path: Path, model: ScriptedModel) -> None:
        async with open_practice(tmp_path) as (slack, sources, folder):
            settings = settings_for(
                slack,
                sources,
                folder,
                llm_provider=Provider.OPENAI,
                llm_base_url=f"{model.url}/v1",
                llm_model="scripted",
            )
            async with open_services(settings) as services:
                now = services.clock.now()
                paper = Paper("2407.21017", "Matting by Generation", ())
                await services.store.papers.remember(paper, source="arxiv", now=now)
                tries = SummaryTries(3, 0, "cut_short", now)
                await services.store.summary_failures.remember(paper.id, "en", "scripted", tries)
                part = Summary(
                    paper.id, "ko", ((Section.WHATS_NEW, "요약"),), Origin.MODEL, "scripted", ReadSource.PART, now
                )
                await services.store.summaries.remember(part)
                rated = RatedSummary(paper.id, "ko", now)
                for user, rating in (("U1", Rating.HELPFUL), ("U2", Rating.HELPFUL), ("U3", Rating.NOT_HELPFUL)):
                    await services.store.feedback.remember(Feedback("T1", user, rated, "scripted", rating, now))
            found = await findings(settings)
        assert found["Feedback on summaries"].text == "2 helpful, 1 not helpful in the last 90 days"
        assert "1 given up" in found["Summaries"].text
        assert "LLM_MAX_OUTPUT" in found["Summaries"].remedy
        assert "OLLAMA_CONTEXT_LENGTH" in found["Context window"].remedy

    async def test_that_nobody_named(self, tmp_path: Path, model: ScriptedModel) -> None:
        found = await findings_with_model(tmp_path, model, llm_model=None)
        assert found["Settings"].verdict is Verdict.BROKEN
        assert "LLM_MODEL" in found["Settings"].text


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with ScriptedModel.open() as opened:
        yield opened


async def findings_with_model(folder: Path, model: ScriptedModel, **more: Any) -> dict[str, Finding]:
    async with open_practice(folder) as (slack, sources, folder):
        chosen = {"llm_provider": Provider.OPENAI, "llm_base_url": f"{model.url}/v1", "llm_model": "scripted"}
        secret = {"llm_api_key": SecretStr("sk-secret")}
        return await findings(settings_for(slack, sources, folder, **{**chosen, **secret, **more}))
