"""Which way requests go, and that nothing but the settings decides it."""

from __future__ import annotations

import ast
import logging
import ssl
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.http import fetch, open_client
from bot.network import DIRECT, Network, split_no_proxy
from bot.settings import settings_from
from bot.slack.client import Respond, new_client, open_session
from tests.harness import open_harness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.servers import PaperSources

BOT = Path(__file__).parents[2] / "bot"
PROXY = "http://proxy.example.org:3128"
BOTH = Network(http_proxy=PROXY, https_proxy=PROXY)
DEAD = "http://127.0.0.1:9"


def direct(*entries: str) -> Network:
    return Network(http_proxy=PROXY, https_proxy=PROXY, direct=split_no_proxy(",".join(entries)))


# the rule -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http", "https", "ws", "wss"])
@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.8.9.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"],
)
def test_this_machine_is_never_asked_for_through_a_proxy(scheme: str, host: str) -> None:
    assert BOTH.proxy_for(f"{scheme}://{host}:8080/x") is None


@pytest.mark.parametrize("host", ["slack.com", "localhost.example.org", "128.0.0.1", "[fd00::1]", "notlocalhost"])
def test_everybody_else_is(host: str) -> None:
    assert BOTH.proxy_for(f"https://{host}/x") == PROXY


def test_each_scheme_has_its_own() -> None:
    network = Network(http_proxy="http://a:1", https_proxy="http://b:2")
    assert [network.proxy_for(f"{scheme}://x.example.org") for scheme in ("http", "ws", "https", "wss")] == [
        "http://a:1",
        "http://a:1",
        "http://b:2",
        "http://b:2",
    ]
    assert Network(https_proxy=PROXY).proxy_for("http://x.example.org") is None
    assert DIRECT.proxy_for("https://x.example.org") is None


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("*", "https://slack.com"),
        ("slack.com", "https://slack.com/api/"),
        ("slack.com", "https://hooks.slack.com"),
        (".slack.com", "https://slack.com"),
        ("*.slack.com", "https://hooks.slack.com"),
        ("Slack.COM", "https://SLACK.com."),
        ("slack.com:443", "https://slack.com"),
        ("slack.com:8443", "https://slack.com:8443"),
        ("10.1.2.3", "http://10.1.2.3:11434/v1"),
        ("10.0.0.0/8", "http://10.1.2.3"),
        ("10.1.2.3/8", "http://10.9.9.9"),
        ("10.1.2.3:11434", "http://10.1.2.3:11434"),
        ("fd07:b51a:cc66:f0::/64", "http://[fd07:b51a:cc66:f0::5]"),
        ("[fd00::]/8", "http://[fd07::5]"),
        ("fd00::5", "http://[fd00::5]"),
        ("[fd00::5]", "http://[FD00:0::5]:80"),
        ("[fd00::5]:11434", "http://[fd00::5]:11434"),
    ],
)
def test_what_is_asked_for_directly(entry: str, url: str) -> None:
    assert direct("other.example.org", entry).proxy_for(url) is None


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("slack.com", "https://notslack.com"),
        ("slack.com:8443", "https://slack.com"),
        ("10.0.0.0/8", "http://11.1.2.3"),
        ("10.0.0.0/8", "http://ten.example.org"),
        ("10.0.0.0/99", "http://10.1.2.3"),
        ("fd00::/8", "http://10.1.2.3"),
        ("[fd00::5]:80", "http://[fd00::5]:81"),
        ("", "https://slack.com"),
        (".", "https://slack.com"),
        ("/", "https://slack.com"),
        ("://", "https://slack.com"),
    ],
)
def test_what_is_not(entry: str, url: str) -> None:
    assert direct(entry).proxy_for(url) == PROXY


@given(st.text(max_size=30))
def test_nothing_in_no_proxy_can_raise(text: str) -> None:
    for url in ("https://slack.com", "http://10.1.2.3:80", "http://[fd00::5]"):
        Network(http_proxy=PROXY, https_proxy=PROXY, direct=split_no_proxy(text)).proxy_for(url)


def test_a_network_does_not_show_the_password_of_its_proxy() -> None:
    assert "hush" not in repr(Network(https_proxy="http://ana:hush@proxy.example.org"))


def test_certificates_are_this_machine_s_and_a_bundle_s_or_the_ones_named(tmp_path: Path) -> None:
    assert DIRECT.tls().verify_mode is ssl.CERT_REQUIRED
    assert DIRECT.tls().cert_store_stats()["x509_ca"] > 10
    assert DIRECT.tls() is BOTH.tls()
    (tmp_path / "none.pem").touch()
    with pytest.raises(OSError):  # noqa: PT011 - ssl.SSLError, whose words are OpenSSL's
        Network(certificates=str(tmp_path / "none.pem")).tls()


# the ways themselves --------------------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that leads every library astray."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, DEAD)
        monkeypatch.setenv(name.lower(), DEAD)
    monkeypatch.setenv("NO_PROXY", "[::1],fd07::/64")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "SLACK_VERIFICATION_TOKEN"):
        monkeypatch.setenv(name, "of-another-app")


@pytest.mark.usefixtures("elsewhere")
async def test_sources_are_asked_through_the_proxy_that_is_set_or_directly(sources: PaperSources) -> None:
    there = "http://hf.example.org/api/papers/1"
    async with open_client(None, network=Network(http_proxy=sources.url)) as client:
        await fetch(client, there, source="it", limit_bytes=1000)
        await fetch(client, f"{sources.url}/direct", source="it", limit_bytes=1000)
    assert [call.headers["Host"] for call in sources.calls] == ["hf.example.org", sources.url.removeprefix("http://")]
    async with open_client(None) as client:
        await fetch(client, f"{sources.url}/direct", source="it", limit_bytes=1000)
    assert len(sources.calls) == 3


@pytest.mark.usefixtures("elsewhere")
async def test_a_bot_beside_a_slack_on_this_machine_needs_no_proxy_whatever_the_environment_says(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.post(top=1)
        assert "Meltemi" in harness.header.text + str(harness.header.blocks)
        assert await harness.ask(harness.ana, "2407.20743")
        assert await harness.click(harness.ana, harness.cards[0], "save_paper")
    assert [each.message for each in caplog.records if each.levelno >= logging.WARNING] == []


async def test_slack_is_asked_through_the_proxy_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        hosts.append(request.headers["Host"])
        return web.json_response({"ok": True})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    proxy = f"http://127.0.0.1:{runner.addresses[0][1]}"
    monkeypatch.setenv("HTTPS_PROXY", DEAD)
    settings, _ = settings_from({"slack_api_url": "http://slack.example.org/api", "http_proxy": proxy})
    try:
        async with open_session(settings.network, seconds=5) as session:
            client = new_client(settings, session, token="xoxb-1")
            await client.auth_test()
            await Respond("http://hooks.slack.example.org/1", settings.network, session)(text="Saved.")
    finally:
        await runner.cleanup()
    assert hosts == ["slack.example.org", "hooks.slack.example.org"]


# nobody else reads the environment ------------------------------------------------------------------------------------

MODULES = sorted(BOT.rglob("*.py"))
TOLD = {
    "AsyncClient": {"trust_env", "transport"},
    "AsyncHTTPTransport": {"trust_env", "verify", "proxy"},
    "ClientSession": {"trust_env", "connector"},
    "AsyncWebClient": {"session"},
    "AsyncWebhookClient": {"session"},
    "open_client": {"network"},
    "SocketModeConnection": {"network"},
    "Client": {"trust_env"},
}
READS = {"environ", "environb", "getenv", "expandvars", "getproxies"}


def nodes_of(module: Path, *, with_any_of: Iterable[str]) -> Iterator[ast.AST]:
    """What a module is made of, if it has any of these words at all."""
    source = module.read_text(encoding="utf-8")
    return ast.walk(ast.parse(source)) if any(word in source for word in with_any_of) else iter(())


def calls(module: Path) -> Iterator[tuple[str, set[str | None]]]:
    for node in nodes_of(module, with_any_of=TOLD):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, {keyword.arg for keyword in node.keywords}


def test_a_client_is_told_its_way_wherever_it_is_made() -> None:
    made = [(str(module.relative_to(BOT)), *call) for module in MODULES for call in calls(module)]
    assert [(module, name, said) for module, name, said in made if not TOLD.get(name, set()) <= said] == []


def test_only_the_settings_read_the_environment() -> None:
    reading = [
        module.relative_to(BOT).as_posix()
        for module in MODULES
        for node in nodes_of(module, with_any_of=READS)
        if (isinstance(node, ast.Attribute) and node.attr in READS) or (isinstance(node, ast.Name) and node.id in READS)
    ]
    # The package itself gives a home to a process without one, before any library looks for it.
    assert set(reading) == {"settings.py", "__init__.py"}


def test_a_process_without_a_name_and_a_home_runs_all_the_same() -> None:
    """As in a container that runs as a number of its own; the library that wants a home is imported for real."""
    nobody = (
        "import os, pwd; os.environ.pop('HOME', None); pwd.getpwuid = {}.__getitem__; "
        "from bot.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", nobody, "--version"], cwd=BOT.parent, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_httpx_has_no_other_way_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", DEAD)
    assert not open_client(None)._mounts
    assert isinstance(open_client(None), httpx.AsyncClient)
