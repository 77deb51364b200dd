"""What is the business of whoever runs Paperboy stays with them: no path in Slack, no ticket in the log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from bot import errors
from bot.errors import PaperboyError, SlackUnreachable
from bot.messages import answers
from tests.harness import open_harness

if TYPE_CHECKING:
    from pathlib import Path

# What is wrong with all settings at once is only ever said in a terminal, and takes no values by name.
EVERY_ERROR = [
    each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, PaperboyError) and each is not errors.SettingsUnusable
]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("about", ["path", "host", "port"])
def test_no_error_tells_people_in_slack_of_the_machine(about: str, language: str) -> None:
    secret = "/srv/paperboy-4711"
    for kind in EVERY_ERROR:
        error = kind(**{about: secret, "reason": f"{secret} is full"})
        said = answers.failure(error=error, reference="abc123", language=language)
        assert secret not in str(said.to_payload()), kind


TICKET = "0123456789abcdef"


async def not_found(_: web.Request) -> web.Response:
    return web.Response(status=404)


async def elsewhere(request: web.Request) -> web.Response:
    raise web.HTTPFound(f"http://127.0.0.1:1{request.path_qs}")


async def no_greeting(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.send_str(f'{{"type": "disconnect", "reason": "no {request.path_qs[:5]}"}}')
    await socket.close()
    return socket


ADDRESSES = {
    "refused": "ws://127.0.0.1:{port}/refused?ticket={ticket}&app_id=1",
    "moved": "ws://127.0.0.1:{port}/moved?ticket={ticket}&app_id=1",
    "not greeted": "ws://127.0.0.1:{port}/silent?ticket={ticket}&app_id=1",
    "not there": "ws://127.0.0.1:1/?ticket={ticket}&app_id=1",
    "no address": "wss:///?ticket={ticket}",
    "no such way": "gopher://127.0.0.1/?ticket={ticket}",
    "no port": "ws://127.0.0.1:99999999/?ticket={ticket}",
    "nothing": "",
}


@pytest.mark.parametrize("which", ADDRESSES)
async def test_whatever_becomes_of_a_connection_its_ticket_is_not_told(
    tmp_path: Path, which: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    application = web.Application()
    application.router.add_get("/refused", not_found)
    application.router.add_get("/moved", elsewhere)
    application.router.add_get("/silent", no_greeting)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with open_harness(tmp_path) as harness:
            port = runner.addresses[0][1]
            url = ADDRESSES[which].format(port=port, ticket=TICKET)
            body: dict[str, Any] = {"ok": True, "url": url}
            harness.slack.faults.answer("apps.connections.open", status=200, body=body)
            with pytest.raises(SlackUnreachable) as told:
                await harness.socket_mode._connect_anew()
            assert TICKET not in f"{told.value} {told.value.__cause__} {told.value.values}"
    finally:
        await runner.cleanup()
    # Of the libraries nothing below a warning is written; the other is the log of the server that this test runs.
    ours = [record for record in caplog.records if not record.name.startswith(("slack_sdk", "aiohttp.access"))]
    assert TICKET not in "".join(record.getMessage() for record in ours) + capsys.readouterr().out


def test_a_ticket_in_an_error_that_names_it_alone_is_left_out() -> None:
    from bot.slack.socket_mode import _without_ticket

    url = f"wss://a.slack.com/link/?ticket={TICKET}&app_id=xyz12345"
    for said in (url, TICKET, f"'ticket={TICKET}'", f"x {TICKET} y"):
        assert TICKET not in _without_ticket(aiohttp.ClientError(said), url)
