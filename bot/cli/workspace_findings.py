"""The checks of an app that workspaces install themselves: keys, tokens, and the app's own secret."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.cli.findings import Finding, Verdict
from bot.errors import EncryptionNotInstalled, PaperboyError, SettingMissing, SlackRefused
from bot.installed_workspaces import app_of, stored_installations
from bot.messages.answers import format_error
from bot.slack.client import new_client
from bot.slack.web_api import call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    import aiohttp

    from bot.rules.installations import InstalledApp
    from bot.services import Services
    from bot.slack.installations import StoredInstallations

_LANGUAGE = "en"
# So many workspaces are asked about, so many at a time; a doctor has to come to an end.
_MOST_ASKED, _AT_ONCE = 200, 10
_MOST_NAMED = 5
_INSTALL_AGAIN = "Install Paperboy again there, at /slack/install of your public address."


async def examine_workspaces(services: Services, connections: aiohttp.ClientSession) -> AsyncIterator[Finding]:
    """Run the checks; nothing is repaired. Raises `StoreError`."""
    if unfit := services.settings.unfit_for_workspaces():
        for error in unfit:
            yield Finding("Settings", Verdict.BROKEN, format_error(error, _LANGUAGE), "")
        return
    yield await _client(services, connections)
    try:
        stored = stored_installations(services)
    except EncryptionNotInstalled as error:
        yield Finding("Encryption key", Verdict.BROKEN, format_error(error, _LANGUAGE), "")
        return
    apps = await services.store.installations.all()
    if not apps:
        remedy = "Open /slack/install of your public address in a browser."
        yield Finding("Workspaces", Verdict.NOTE, "none has installed Paperboy yet", remedy)
        return
    yield _keys(stored, apps)
    yield await _tokens(services, connections, stored, apps)


async def _client(services: Services, connections: aiohttp.ClientSession) -> Finding:
    """The app's secret, tried with a code that nobody was given."""
    try:
        await app_of(services, connections).install("doctor")
    except SlackRefused as refused:
        if refused.values["error"] == "invalid_code":
            return Finding("App", Verdict.OK, "Slack accepts the client ID and the client secret")
        remedy = "Copy SLACK_CLIENT_ID and SLACK_CLIENT_SECRET again from the app's Basic Information page."
        return Finding("App", Verdict.BROKEN, format_error(refused, _LANGUAGE), remedy)
    except SettingMissing as error:
        return Finding("App", Verdict.BROKEN, format_error(error, _LANGUAGE), "")
    except PaperboyError as error:
        remedy = "Check this machine's internet connection and SLACK_API_URL."
        return Finding("App", Verdict.BROKEN, format_error(error, _LANGUAGE), remedy)
    return Finding("App", Verdict.OK, "Slack accepts the client ID and the client secret")


def _keys(stored: StoredInstallations, apps: Collection[InstalledApp]) -> Finding:
    sealed = [app.team for app in apps if not stored.is_readable(app)]
    if sealed:
        text = f"PAPERBOY_SECRET_KEY doesn't decrypt the tokens of {_some_of(sealed, apps)}"
        remedy = "Add the former key to it, after the new one and a comma. If that key is lost, install Paperboy again."
        return Finding("Encryption key", Verdict.BROKEN, text, remedy)
    if former := [app.team for app in apps if not stored.is_current(app)]:
        text = f"the tokens of {_some_of(former, apps)} are still encrypted with a former key"
        return Finding("Encryption key", Verdict.NOTE, text, "Restart Paperboy before you remove that key.")
    return Finding("Encryption key", Verdict.OK, "decrypts all tokens")


async def _tokens(
    services: Services, connections: aiohttp.ClientSession, stored: StoredInstallations, apps: Collection[InstalledApp]
) -> Finding:
    asked = [app for app in apps if stored.is_readable(app)][:_MOST_ASKED]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def ask(app: InstalledApp) -> str | None:
        client = new_client(services.settings, connections, token=stored.credentials_of(app).token)
        async with turns:
            try:
                await call("auth.test", client.auth_test())
            except SlackRefused as refused:
                return f"{app.team} ({refused.values['error']})"
            except PaperboyError:
                return f"{app.team} (no answer)"
        return None

    refused = [told for told in await asyncio.gather(*map(ask, asked)) if told]
    if refused:
        text = f"Slack rejects the tokens of {_some_of(refused, asked)}"
        return Finding("Workspaces", Verdict.NOTE, text, _INSTALL_AGAIN)
    some = "" if len(asked) == len(apps) else f" of {len(asked)} that were tried"
    return Finding("Workspaces", Verdict.OK, f"{len(apps)} installed, all tokens{some} valid")


def _some_of(named: Collection[str], all_of_them: Collection[object]) -> str:
    some = [*named][:_MOST_NAMED]
    more = ", …" if len(named) > len(some) else ""
    return f"{len(named)} of {len(all_of_them)} workspaces: {', '.join(some)}{more}"
