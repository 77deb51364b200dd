"""The checks of `paperboy doctor`, each with a fix where it fails."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AsyncExitStack
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from bot.cli.findings import Finding, Verdict
from bot.cli.live_check import check_ids, try_out
from bot.clock import SystemClock
from bot.errors import (
    PaperboyError,
    PostgresNotInstalled,
    ServerUnusable,
    SettingMissing,
    SlackRefused,
    SourceUnreachable,
    StoreCorrupt,
    StoreError,
    StoreInUse,
    StoreTooNew,
    StoreUnfinished,
)
from bot.http import RetryPolicy, open_client
from bot.messages.answers import format_error
from bot.messages.digest_notes import day_sentence
from bot.rules.entry_points import closed_entry_points, read_scopes
from bot.rules.feedback import Rating
from bot.rules.feeds import HUGGING_FACE
from bot.rules.papers import EmptyDay, Listing, PaperRef
from bot.services import open_model, open_services
from bot.settings import misspelt_settings
from bot.slack.client import new_client, open_session
from bot.slack.lookups import missing_emoji
from bot.slack.manifest import AGENT_SCOPES, OPTIONAL_SCOPES, SCOPES, build_manifest, drift
from bot.slack.web_api import call
from bot.sources.arxiv import Arxiv
from bot.sources.hugging_face import HuggingFace
from bot.summaries.models.client import ModelFailed
from bot.summaries.models.requests import ChatMessage
from bot.summaries.models.responses import Failure
from bot.templating.catalogues import catalogue
from bot.text.emoji import is_standard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.clock import Clock
    from bot.rules.entry_points import ClosedEntryPoint
    from bot.services import Services
    from bot.settings import Settings
    from bot.store.connection import ServerFacts
    from bot.summaries.models.client import LanguageModel

_LANGUAGE = "en"
_REINSTALL = (
    "Open your app at api.slack.com/apps. Under App Manifest, replace the manifest with the output of"
    " `paperboy manifest`. Then reinstall the app under Install App."
)
_TRIAL = "Say whether you can be heard."
_TRIAL_SCHEMA = {
    "type": "object",
    "properties": {"heard": {"type": "boolean"}},
    "required": ["heard"],
    "additionalProperties": False,
}
_MODEL_REMEDIES = {
    Failure.UNREACHABLE: "Check LLM_BASE_URL, and that the model server is running. Until then, cards show extracts.",
    Failure.REFUSED: "Check LLM_API_KEY, LLM_MODEL, and LLM_BASE_URL.",
    Failure.OUT_OF_CREDIT: "Add credit or raise the limit at the model's provider. Until then, cards show extracts.",
    Failure.THINKING: "Set LLM_MAX_OUTPUT higher, or LLM_REASONING_EFFORT=low.",
    Failure.CUT_SHORT: "Set LLM_MAX_OUTPUT higher.",
    Failure.TOO_LONG: "Set LLM_WINDOW to the model's context window.",
}
# What a server says that is there but busy: nothing is wrong with the settings.
_BUSY = ("HTTP 429", "HTTP 5")
_WHEN_BUSY = "The server is busy or has a problem. Try again later. Until then, cards show extracts."
_WHEN_SLOW = "A local model may still be loading: run doctor again in a minute. Otherwise, check LLM_BASE_URL."
_OTHER_MODEL = "It can't return the required JSON. Try another model."
_SECONDS = 10
_ONE_TRY = RetryPolicy(tries=1, seconds=_SECONDS)
_OF_LATE = timedelta(days=7)
_FAILURES = frozenset(Failure)
# Of a replica: the pool, and one that listens.
_LEAST_CONNECTIONS_LEFT = 9
_LEAST_FREE_BYTES = 200 * 1024 * 1024
_CLOCKS_APART = timedelta(minutes=1)
# Any paper that arXiv will always have.
_KNOWN_TO_ARXIV = PaperRef("1706.03762")


async def examine(settings: Settings, *, clock: Clock | None = None, live: str | None = None) -> AsyncIterator[Finding]:
    """Run every check, one after the other; nothing is repaired.

    Only if `live` names a channel is anything posted: what Paperboy does in Slack is done there, and undone.
    """
    clock = clock or SystemClock()
    for misspelt in misspelt_settings():
        yield Finding("Settings", Verdict.NOTE, misspelt, "Correct the name, or remove it.")
    yield _transport(settings)
    if settings.database_path is not None:
        yield _disk(settings.database_path)
    async with AsyncExitStack() as stack:
        try:
            services = await stack.enter_async_context(open_services(settings, clock=clock, retry_policy=_ONE_TRY))
        except SettingMissing as error:
            yield Finding(
                "Settings", Verdict.BROKEN, format_error(error, _LANGUAGE), "Set it, or set LLM_PROVIDER=none."
            )
        except StoreError as error:
            yield Finding("Database", Verdict.BROKEN, format_error(error, _LANGUAGE), _store_remedy(error))
        else:
            async for finding in _database(services, clock):
                yield finding
            yield await _hugging_face(settings, services.clock)
            if services.summarizer.has_model:
                yield await _budget(services)
                async for finding in _summaries(services):
                    yield finding
            async for finding in _store(services):
                yield finding
            if settings.many_workspaces:
                async for finding in _workspaces(services):
                    yield finding
    yield await _arxiv(settings)
    async for finding in _slack(settings, clock, live):
        yield finding
    yield await _model(settings)


async def _database(services: Services, clock: Clock) -> AsyncIterator[Finding]:
    """Whether the database can be read and written; findings about its server, where it has one."""
    name, database = services.settings.database_name, services.store.database
    try:
        await services.store.maintenance.check()
        server = await database.server()
        apart = abs(await database.now() - clock.now()) if server else timedelta(0)
    except StoreError as error:
        yield Finding("Database", Verdict.BROKEN, format_error(error, _LANGUAGE), _store_remedy(error))
        return
    yield Finding(
        "Database", Verdict.OK, f"{name} is readable and writable{f', PostgreSQL {server.version}' if server else ''}"
    )
    if server:
        for finding in server_findings(server, apart):
            yield finding


def server_findings(server: ServerFacts, apart: timedelta) -> Iterator[Finding]:
    """Findings about a database's server, whose clock is so far from this machine's."""
    clock = f"{apart.total_seconds():.0f} s off this machine's clock"
    if apart > _CLOCKS_APART:
        remedy = "It decides what is due. Turn on network time (NTP) on both machines."
        yield Finding("Database clock", Verdict.NOTE, clock, remedy)
    else:
        yield Finding("Database clock", Verdict.OK, clock)
    used = f"{server.connections} of {server.most_connections} in use{', through a pooler' if server.is_pooled else ''}"
    if server.most_connections - server.connections < _LEAST_CONNECTIONS_LEFT:
        remedy = f"Each replica needs up to {_LEAST_CONNECTIONS_LEFT}. Raise max_connections, or use a pooler."
        yield Finding("Database connections", Verdict.NOTE, used, remedy)
    elif server.is_pooled:
        remedy = "Replicas may not hear from each other at once, which delays some work by up to a minute."
        yield Finding("Database connections", Verdict.NOTE, used, remedy)
    else:
        yield Finding("Database connections", Verdict.OK, used)
    if not server.is_durable:
        remedy = "Set fsync = on. Otherwise what was acknowledged is lost when the server loses power."
        yield Finding("Database durability", Verdict.BROKEN, "fsync is off", remedy)


def _store_remedy(error: StoreError) -> str:
    match error:
        case StoreCorrupt():
            return "See docs/operations.md, Backups."
        case StoreTooNew():
            return "Install the newer version of Paperboy, or restore an older backup."
        case StoreUnfinished():
            return "Run the same `paperboy migrate-store` again."
        case StoreInUse():
            return "Stop the other Paperboy, or set DATABASE_URL to another database."
        case PostgresNotInstalled():
            return "See docs/install.md, Install the program. Or set DATABASE_URL to a file, for example sqlite:///paperboy.db."
        case ServerUnusable():
            return "Check DATABASE_URL, that the server can be reached from here, and the rights of its user there."
        case _:
            return "Set DATABASE_URL to a file that Paperboy can write, on a disk with free space."


def _transport(settings: Settings) -> Finding:
    if settings.slack_app_token:
        return Finding("Slack connection", Verdict.OK, "Socket Mode (no public URL needed)")
    if settings.slack_signing_secret is None:
        remedy = "Set SLACK_APP_TOKEN, or SLACK_SIGNING_SECRET and PORT."
        return Finding("Slack connection", Verdict.BROKEN, "Slack can't reach Paperboy", remedy)
    if settings.port is None:
        return Finding("Slack connection", Verdict.BROKEN, "HTTP mode, but PORT isn't set", "Set PORT.")
    return Finding("Slack connection", Verdict.OK, f"HTTP on {settings.host}:{settings.port}/slack/events")


def _disk(database: Path) -> Finding:
    folder = database.absolute().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    text = f"{free / 1e9:.1f} GB free at {folder}"
    if free < _LEAST_FREE_BYTES:
        return Finding("Disk space", Verdict.BROKEN, text, "Free up space, or move DATABASE_URL to another disk.")
    return Finding("Disk space", Verdict.OK, text)


async def _hugging_face(settings: Settings, clock: Clock) -> Finding:
    """Whether the day's list can be read; it's not stored, so that a database that was only examined stays empty."""
    day = HUGGING_FACE.last_listing_day(clock.now())
    async with open_client(settings.paperboy_contact, network=settings.network) as client:
        answer = await HuggingFace(client, settings.hf_url, now=clock.now, retry_policy=_ONE_TRY).read_day(day)
    if isinstance(answer, Listing):
        return Finding("Hugging Face", Verdict.OK, f"{len(answer.papers)} papers on {day}")
    if isinstance(answer, EmptyDay):
        return Finding("Hugging Face", Verdict.OK, f"no papers on {day}")
    remedy = "Check this machine's internet connection and HF_URL. Digests are delayed until Hugging Face responds."
    return Finding("Hugging Face", Verdict.BROKEN, day_sentence(answer, _LANGUAGE), remedy)


async def _arxiv(settings: Settings) -> Finding:
    async with open_client(settings.paperboy_contact, network=settings.network) as client:
        try:
            await Arxiv(client, settings.arxiv_api_url, retry_policy=_ONE_TRY).read_papers([_KNOWN_TO_ARXIV])
        except SourceUnreachable as error:
            remedy = "Needed only for papers that aren't on Hugging Face. If this continues, check ARXIV_API_URL."
            return Finding("arXiv", Verdict.NOTE, format_error(error, _LANGUAGE), remedy)
    return Finding("arXiv", Verdict.OK, "responding")


async def _model(settings: Settings) -> Finding:
    async with open_client(settings.paperboy_contact, network=settings.network) as client:
        try:
            model = open_model(settings, client, retry_policy=_ONE_TRY)
            if model is None:
                text = "not set up, so cards show extracts"
                return Finding("Language model", Verdict.OK, text)
            async with asyncio.timeout(_ONE_TRY.seconds):
                await _try_model(model)
        except SettingMissing as error:
            return Finding("Language model", Verdict.BROKEN, format_error(error, _LANGUAGE), "Set LLM_MODEL.")
        except ModelFailed as failed:
            text = f"{settings.llm_model} gave no usable answer ({failed.kind}): {failed.reason}"
            return Finding("Language model", Verdict.BROKEN, text, _remedy(failed))
        except TimeoutError:
            text = f"{settings.llm_model} gave no answer within {_ONE_TRY.seconds:g} s"
            return Finding("Language model", Verdict.BROKEN, text, _WHEN_SLOW)
    return Finding("Language model", Verdict.OK, f"{settings.llm_model} returns valid JSON")


async def _try_model(model: LanguageModel) -> None:
    """Ask for the least there is; once more where the model turned out to think and is given more room."""
    limit = model.most_output_tokens
    trial = [ChatMessage("user", _TRIAL)]
    try:
        await model.ask("Answer with a JSON object.", trial, _TRIAL_SCHEMA)
    except ModelFailed as failed:
        if failed.kind is not Failure.THINKING or model.most_output_tokens <= limit:
            raise
        await model.ask("Answer with a JSON object.", trial, _TRIAL_SCHEMA)


def _remedy(failed: ModelFailed) -> str:
    if failed.kind is Failure.UNREACHABLE and failed.reason.startswith(_BUSY):
        return _WHEN_BUSY
    if failed.kind is Failure.UNREACHABLE and failed.reason.startswith(("no answer within", "not finished within")):
        return _WHEN_SLOW
    return _MODEL_REMEDIES.get(failed.kind, _OTHER_MODEL)


async def _summaries(services: Services) -> AsyncIterator[Finding]:
    """Failures of models in the last week, and the papers of which a model's server read only a part."""
    since = services.clock.now() - _OF_LATE
    if given_up := await services.store.summary_failures.given_up(since):
        causes = ", ".join(f"{count} {reason}" for reason, count in given_up.items())
        first = next(iter(given_up))
        remedy = _MODEL_REMEDIES.get(Failure(first), _OTHER_MODEL) if first in _FAILURES else ""
        text = f"{sum(given_up.values())} given up in the last 7 days: {causes}"
        yield Finding("Summaries", Verdict.NOTE, text, remedy)
    if in_part := await services.store.summaries.count_in_part(since):
        text = f"the model's server read only a part of {in_part} papers in the last 7 days"
        remedy = "Raise its context window (Ollama: OLLAMA_CONTEXT_LENGTH), or set LLM_WINDOW to its size."
        yield Finding("Context window", Verdict.NOTE, text, remedy)


async def _budget(services: Services) -> Finding:
    today = services.clock.now().astimezone(UTC).date()
    spending, budget = services.store.spending, services.settings.budget()
    # Where there are several workspaces, that of the one which used most.
    used, cost = await spending.used(today, ""), (await spending.on(today)).dollars
    text = f"{used:,} of {budget.daily_tokens:,} tokens used today (UTC), ${cost:.2f}"
    if used and used >= budget.daily_tokens:
        remedy = "Cards show extracts until tomorrow (UTC). To raise the budget, set LLM_DAILY_TOKENS."
        return Finding("Budget", Verdict.NOTE, text, remedy)
    return Finding("Budget", Verdict.OK, text)


async def _store(services: Services) -> AsyncIterator[Finding]:
    stats = await services.store.maintenance.stats()
    active, closed = stats.channels.get("active", 0), stats.channels.get("closed", 0)
    others = [f"{count} {state}" for state, count in stats.channels.items() if state in {"new", "paused"} and count]
    text = ", ".join([f"{active} active", *others])
    if closed:
        remedy = "Unarchive them or invite Paperboy again. Paperboy retries once a day."
        yield Finding("Channels", Verdict.NOTE, f"{text}, {closed} blocked by Slack", remedy)
    elif active:
        yield Finding("Channels", Verdict.OK, text)
    else:
        remedy = "Invite Paperboy to a channel, then follow the direct message it sends you."
        yield Finding("Channels", Verdict.NOTE, text, remedy)
    if stats.feedback:
        helpful = sum(count for (_, rating), count in stats.feedback.items() if rating is Rating.HELPFUL)
        text = f"{helpful} helpful, {sum(stats.feedback.values()) - helpful} not helpful in the last 90 days"
        yield Finding("Feedback on summaries", Verdict.OK, text)
    unknown, refused = stats.deliveries.get("unknown", 0), stats.deliveries.get("refused", 0)
    if unknown or refused:
        text = f"{refused} rejected by Slack, {unknown} unconfirmed"
        remedy = "The log names each one. To have Paperboy confirm them itself, add the history scopes."
        yield Finding("Messages", Verdict.NOTE, text, remedy)
    else:
        yield Finding("Messages", Verdict.OK, f"{stats.deliveries.get('sent', 0)} sent, none unconfirmed")


async def _workspaces(services: Services) -> AsyncIterator[Finding]:
    from bot.cli.workspace_findings import examine_workspaces  # nothing of it is loaded where there is one token

    async with open_session(services.settings.network, seconds=_SECONDS) as connections:
        async for finding in examine_workspaces(services, connections):
            yield finding


async def _slack(settings: Settings, clock: Clock, live: str | None) -> AsyncIterator[Finding]:
    if settings.many_workspaces:
        if settings.slack_app_token:
            async with open_session(settings.network, seconds=_SECONDS) as session:
                yield await _app_token(new_client(settings, session), settings)
        return
    if settings.slack_bot_token is None:
        remedy = "Create the app with `paperboy manifest --link`, install it, and set SLACK_BOT_TOKEN."
        yield Finding("Slack token", Verdict.BROKEN, "SLACK_BOT_TOKEN isn't set", remedy)
        return
    async with open_session(settings.network, seconds=_SECONDS) as session:
        client = new_client(settings, session, token=settings.require("SLACK_BOT_TOKEN"))
        try:
            me = await call("auth.test", client.auth_test())
        except PaperboyError as error:
            remedy = "Copy the Bot User OAuth Token (xoxb-…) again from OAuth & Permissions in your app's settings."
            if not isinstance(error, SlackRefused):
                remedy = "Check this machine's internet connection and SLACK_API_URL."
            yield Finding("Slack token", Verdict.BROKEN, format_error(error, _LANGUAGE), remedy)
            return
        yield Finding("Slack token", Verdict.OK, f"valid for {me.get('user')} in {me.get('team')}")
        granted = read_scopes(me.headers.get("x-oauth-scopes"))
        custom = [name for name in settings.paperboy_emoji if not is_standard(name)]
        yield _scopes(granted, custom_emoji=bool(custom))
        if settings.slack_config_token:
            yield await _manifest(client, settings, me)
        yield _clock(me, clock)
        if settings.slack_app_token:
            yield await _app_token(client, settings)
        channel, operator = settings.paperboy_channel, settings.paperboy_operator
        async for finding in check_ids(client, channel=channel, operator=operator):
            yield finding
        if custom:
            yield await _emoji(client, custom)
        if live:
            async for finding in try_out(
                client, clock, channel=live, operator=operator, granted=granted or (), network=settings.network
            ):
                yield finding


async def _emoji(client: AsyncWebClient, custom: list[str]) -> Finding:
    missing = await missing_emoji(client, custom)
    named = ", ".join(f":{name}:" for name in custom if missing is None or name in missing)
    if missing is None:
        remedy = f"To have it looked up, grant the scope emoji:read. {_REINSTALL}"
        return Finding("Emoji", Verdict.NOTE, f"{named} isn't a standard emoji, but your workspace may have it", remedy)
    if missing:
        remedy = "Set PAPERBOY_EMOJI to names as Slack shows them, for example bookmark."
        return Finding("Emoji", Verdict.BROKEN, f"this workspace has no {named}", remedy)
    return Finding("Emoji", Verdict.OK, "this workspace has all emoji in PAPERBOY_EMOJI")


def _scopes(granted: frozenset[str] | None, *, custom_emoji: bool) -> Finding:
    """The entry points closed for want of a scope; broken where a required one is missing."""
    if granted is None:
        remedy = "Run doctor again later. If it stays so, something between this machine and Slack removes headers."
        return Finding("Scopes", Verdict.NOTE, "Slack's response didn't say which scopes are granted", remedy)
    closed = closed_entry_points(granted, custom_emoji=custom_emoji)
    if missing := sorted(SCOPES.keys() - granted):
        text = f"missing: {', '.join(missing)}. Closed: {', '.join(_named(each) for each in closed)}"
        return Finding("Scopes", Verdict.BROKEN, text, _REINSTALL)
    if closed:
        listed = ", ".join(f"{_named(each)} ({', '.join(each.missing)})" for each in closed)
        remedy = f"{_REINSTALL} If you left them out on purpose, there's nothing to do."
        return Finding("Scopes", Verdict.NOTE, f"closed: {listed}", remedy)
    if surplus := sorted(granted - SCOPES.keys() - OPTIONAL_SCOPES.keys() - AGENT_SCOPES.keys()):
        remedy = "Remove them from your app's manifest."
        return Finding("Scopes", Verdict.NOTE, f"not needed: {', '.join(surplus)}", remedy)
    return Finding("Scopes", Verdict.OK, "all granted")


def _named(closed: ClosedEntryPoint) -> str:
    return catalogue(_LANGUAGE).t(f"entry_point.{closed.entry_point}")


async def _manifest(client: AsyncWebClient, settings: Settings, me: AsyncSlackResponse) -> Finding:
    try:
        bot = await call("bots.info", client.bots_info(bot=str(me.get("bot_id"))))
        token = settings.require("SLACK_CONFIG_TOKEN")
        exported = await call(
            "apps.manifest.export", client.apps_manifest_export(app_id=bot["bot"]["app_id"], token=token)
        )
    except PaperboyError as error:
        remedy = "Create a new app configuration token at api.slack.com/apps. Tokens expire after 12 hours."
        if error.values.get("error") == "missing_scope":
            remedy = _REINSTALL
        return Finding("Manifest", Verdict.NOTE, format_error(error, _LANGUAGE), remedy)
    installed = exported["manifest"]
    url = None if settings.slack_app_token else "http://paperboy"
    is_agent = "agent_view" in installed.get("features", {})
    found = drift(installed, build_manifest(http_url=url, agent=is_agent))
    if found.different:
        text = f"the installed app differs: {', '.join((*found.different, *found.left_out))}"
        return Finding("Manifest", Verdict.BROKEN, text, _REINSTALL)
    if found.left_out:
        remedy = f"{_REINSTALL} If you left it out on purpose, there's nothing to do."
        return Finding("Manifest", Verdict.NOTE, f"the installed app leaves out: {', '.join(found.left_out)}", remedy)
    return Finding("Manifest", Verdict.OK, "matches `paperboy manifest`")


def _clock(me: AsyncSlackResponse, clock: Clock) -> Finding:
    try:
        theirs = parsedate_to_datetime(str(me.headers.get("Date", ""))).replace(tzinfo=UTC)
    except ValueError:
        remedy = "Compare this machine's clock with another one, or run doctor again later."
        return Finding("Clock", Verdict.NOTE, "Slack's response had no time", remedy)
    apart = abs(clock.now() - theirs)
    text = f"{apart.total_seconds():.0f} s off Slack's clock"
    if apart > _CLOCKS_APART:
        remedy = "Turn on network time (NTP). Otherwise digests are posted at the wrong time."
        return Finding("Clock", Verdict.BROKEN, text, remedy)
    return Finding("Clock", Verdict.OK, text)


async def _app_token(client: AsyncWebClient, settings: Settings) -> Finding:
    token = settings.require("SLACK_APP_TOKEN")
    try:
        await call("apps.connections.open", client.apps_connections_open(app_token=token))
    except PaperboyError as error:
        remedy = "Create an app-level token (xapp-…) with the connections:write scope under Basic Information."
        return Finding("Socket Mode", Verdict.BROKEN, format_error(error, _LANGUAGE), remedy)
    return Finding("Socket Mode", Verdict.OK, "connected")
