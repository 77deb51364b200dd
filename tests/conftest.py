"""What tests share: an office to work in, and the answers recorded from the real sources."""

from __future__ import annotations

import gc
import inspect
import logging
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import hypothesis
import pytest
import stamina
import structlog

from bot.http import open_client
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from tests.disk import wait_for_no_disk
from tests.harness import DAY, bundled_day, open_harness
from tests.outside import Outside
from tests.postgres import drop_databases
from tests.scopes import USUALLY_GRANTED
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    import httpx

    from tests.harness import Harness

# httpcore looks for sniffio at each request; where there is none, all of sys.path is not gone through each time.
if find_spec("sniffio") is None:
    cast("dict[str, Any]", sys.modules)["sniffio"] = None

wait_for_no_disk()


def _names_of_arguments(function: Callable[..., object]) -> list[str]:
    plain: Any = inspect.unwrap(function)
    code = getattr(plain, "__code__", None)
    return list(code.co_varnames[: code.co_argcount]) if code else inspect.getfullargspec(plain).args


# Bolt builds a signature of every listener of every bot that starts to know the names of its arguments.
for _name, _module in [*sys.modules.items()]:
    if _name.startswith("slack_bolt.") and hasattr(_module, "get_arg_names_of_callable"):
        cast("Any", _module).get_arg_names_of_callable = _names_of_arguments

# How long an example takes says something of the machine, and nothing of Paperboy. `make soak` tries more of them.
hypothesis.settings.register_profile(
    "paperboy",
    max_examples=1000 if "PAPERBOY_SOAK_TOP" in os.environ else 40,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("paperboy")


# Tests leave little garbage behind and build much that is none: it is looked for a hundredth as often.
gc.set_threshold(70_000, 20, 20)


@pytest.hookimpl(wrapper=True)  # marked before the marks are looked at, put in order after all were shuffled
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """What reads recorded answers is run by a command of its own; what takes seconds comes first."""
    for item in items:
        if "recorded" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.recorded)
    yield
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """The tests themselves, and what they have loaded, are never garbage: collections need not look through them."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have to tell of how much they went through."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "told":
                terminalreporter.write_line(str(value))


@pytest.fixture(autouse=True)
def retries_wait_for_nothing() -> Iterator[None]:
    """Sources are tried again as often as ever, at once."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture(autouse=True)
def databases_are_dropped() -> Iterator[None]:
    """Whatever was made on a server for a test is thrown away after it."""
    yield
    drop_databases()


# The default renderer draws every local variable of a traceback, for seconds on a busy machine, while Slack waits.
_PLAIN_LOGS = [
    *structlog.get_config()["processors"][:-1],
    structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
]


@pytest.fixture(autouse=True)
def logs_are_plain() -> Iterator[None]:
    """What is logged takes no longer than in a Paperboy that runs, whose log is plain as well; a command that a test
    runs in its own process sets up the log for that test alone."""
    level = logging.root.level
    structlog.reset_defaults()
    structlog.configure(processors=[*_PLAIN_LOGS])
    yield
    for handler in [*logging.root.handlers]:
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            logging.root.removeHandler(handler)
            logging.root.setLevel(level)


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_harness(tmp_path) as opened:
        yield opened


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    async with (
        PaperSources.open() as sources,
        SlackEmulator(build_manifest(), granted=USUALLY_GRANTED, retry_delays=(0, 0, 0)) as slack,
    ):
        sources.day(DAY, bundled_day())
        yield Outside(slack, sources, tmp_path)


@pytest.fixture
async def sources() -> AsyncIterator[PaperSources]:
    async with PaperSources.open() as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_client("papers@example.org") as opened:
        yield opened


@pytest.fixture(scope="session")
def recorded() -> Path:
    folder = os.environ.get("PAPERBOY_RECORDED_DATA")
    if not folder:
        pytest.skip("PAPERBOY_RECORDED_DATA names no folder with recorded answers of Hugging Face and arXiv")
    return Path(folder)
