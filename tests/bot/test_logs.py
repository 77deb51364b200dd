"""No secret in any line that is logged or printed, whoever says it and however."""

from __future__ import annotations

import io
import json
import logging
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli import doctor
from bot.cli import main as cli
from bot.cli.checks import examine
from bot.logs import configure_logs, without_secrets
from bot.settings import LogFormat, LogLevel, settings_from

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRETS: dict[str, Any] = {
    "slack_bot_token": "xoxb-hush-0123456789",
    "slack_app_token": "xapp-hush-0123456789",
    "slack_signing_secret": "0123456789abcdef0123456789abcdef",
    "slack_config_token": "xoxe.xoxp-hush-0123456789",
    "llm_api_key": "sk-hush-0123456789",
    "llm_base_url": "http://ana:pass-hush-words@127.0.0.1:{port}/v1",
    "https_proxy": "http://ana:proxy-hush-words@127.0.0.1:{port}",
}
LEVELS = [*LogLevel]
QUIET = ("psycopg",)
TALKATIVE = ("httpx", "httpcore", "slack_bolt", "slack_sdk", "aiohttp", "asyncio")
KEY = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=8, max_size=40)


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (*TALKATIVE, *QUIET)}
    yield
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def said_at(level: LogLevel, log_format: LogFormat, secrets: frozenset[str]) -> tuple[io.StringIO, Any]:
    """Everything on stderr from now on, with every library as talkative as it can be."""
    heard = io.StringIO()
    with redirect_stderr(heard):
        configure_logs(level, log_format, secrets=secrets)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.DEBUG)
    return heard, structlog.get_logger("bot")


@settings(max_examples=30)
@given(KEY, st.sampled_from(LEVELS), st.sampled_from([*LogFormat]), st.text(max_size=20))
def test_a_secret_shows_in_no_word_value_or_traceback(
    secret: str, level: LogLevel, log_format: LogFormat, around: str
) -> None:
    heard, log = said_at(level, log_format, frozenset({secret}))
    log.error(f"{around}{secret}{around}", url=f"https://x.example.org/{secret}")
    logging.getLogger("httpx").critical("a request with %s", {"Authorization": f"Bearer {secret}"})
    try:
        int(f"{around}{secret}x")
    except ValueError:
        log.exception("failed")
    assert heard.getvalue()
    assert secret not in heard.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "token xoxb-1234-5678-abcDEF leaked",
        "{'token': 'xapp-1-A02-33-abc'}",
        "xoxe.xoxp-1-abc-def",
        "wss://wss-primary.slack.com/link/?ticket=12ab-34cd&app_id=5",
        "{'Authorization': 'Bearer sk-of-somebody'}",
        "https://ana:pass-word@models.example.org/v1 did not answer",
        "proxy http://ana@proxy.example.org",
        "0, message='', url='https://hooks.slack.com/actions/T1234/33-abc/34cd'",
        "https://hooks.slack-gov.com/commands/T1234/33-abc/34cd took no answer",
    ],
)
def test_what_looks_like_a_key_is_hidden_even_when_nobody_set_it(text: str) -> None:
    hidden = without_secrets(text, ())
    assert "(hidden)" in hidden
    for secret in ("1234", "33-abc", "abc-def", "34cd", "sk-of", "pass-word", "//ana"):
        assert secret not in hidden


def test_a_secret_is_hidden_that_was_cut_short_or_that_json_writes_in_another_way() -> None:
    secret = 'key-of"somebody\\else'
    for shown in (secret, f"{secret[:12]}…", f"{secret[:-1]}…", json.dumps({"key": secret})):
        hidden = without_secrets(f"it said {shown}", {secret})
        assert "key-of" not in hidden
        assert "(hidden)" in hidden
    assert without_secrets("it said key-o…", {secret}) == "it said key-o…"


@pytest.mark.parametrize(
    "text", ["ollama answers", "ask ana@example.org", "at http://127.0.0.1:11434/v1", "a ticket", "starts with xoxb-."]
)
def test_what_is_none_stays(text: str) -> None:
    assert without_secrets(text, {"ollama"}) == text


async def test_nothing_the_doctor_does_or_says_shows_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def repeat_everything(request: web.Request) -> web.Response:
        said = f"refused: {dict(request.headers)} {(await request.text())}"
        return web.json_response({"error": {"message": said}, "ok": False, "detail": said}, status=401)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", repeat_everything)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    there = f"http://127.0.0.1:{port}"
    said = {name: value.format(port=port) for name, value in SECRETS.items()}
    said_settings, _ = settings_from(
        {
            **said,
            **dict.fromkeys(("hf_url", "arxiv_api_url", "arxiv_url"), there),
            "slack_api_url": f"{there}/api",
            "llm_provider": "openai",
            "llm_model": "m",
            "database_url": f"sqlite:///{tmp_path / 'paperboy.db'}",
        }
    )
    heard, _ = said_at(LogLevel.DEBUG, LogFormat.CONSOLE, said_settings.secrets)
    monkeypatch.setattr("bot.cli.output.hidden", set(said_settings.secrets))
    with redirect_stdout(heard), redirect_stderr(heard):
        async for finding in examine(said_settings):
            doctor.print_finding(finding)
    with suppress(Exception):
        await runner.cleanup()
    assert "Language model" in heard.getvalue()
    assert [secret for secret in said_settings.secrets if secret in heard.getvalue()] == []
    assert "hush" not in heard.getvalue()


def test_a_command_that_fails_in_a_way_nobody_thought_of_says_so_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("Illegal header value b'Bearer sk-hush-0123456789'")

    monkeypatch.setattr("bot.cli.manifest.build_manifest", fail)
    monkeypatch.setattr("bot.cli.output.hidden", {"sk-hush-0123456789"})
    monkeypatch.setattr(sys, "argv", ["paperboy", "manifest"])
    assert cli._run() == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("paperboy: An unexpected error ended this command: RuntimeError: Illegal header value")
    assert err.count("\n") == 1
    assert "hush" not in err


@pytest.mark.parametrize("level", [LogLevel.INFO, LogLevel.WARNING, LogLevel.ERROR])
def test_a_pool_of_connections_does_not_tell_each_one_it_drops(level: LogLevel) -> None:
    """An outage of the database is told once, by the store."""
    heard, _ = said_at(level, LogFormat.CONSOLE, frozenset())
    for name in ("psycopg", "psycopg.pool"):
        logging.getLogger(name).warning("error connecting in 'pool-1'")
        logging.getLogger(name).error("told")
    assert (heard.getvalue().count("error connecting"), heard.getvalue().count("told")) == (0, 2)
