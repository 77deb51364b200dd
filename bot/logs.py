"""Logs: structured lines on stderr, readable by people and machines, without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import TYPE_CHECKING

import stamina.instrumentation
import structlog

from bot.text.clean import ELLIPSIS

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.settings import LogFormat, LogLevel

_HIDDEN = "(hidden)"
# Slack's tokens (docs.slack.dev, "Token types"), Socket Mode's tickets, keys on their way, passwords in addresses, and
# where Slack takes an answer from anybody who knows the address.
_SECRET_SHAPES = re.compile(
    r"\b(?:xox[a-z]|xapp|xwfp)[-.]+[\w%][\w.%-]*|(?<=ticket=)[\w.%-]+|(?<=Bearer )[^\s'\",]+|(?<=://)[^/@\s'\"]+(?=@)"
    r"|(?:(?<=hooks\.slack\.com/)|(?<=hooks\.slack-gov\.com/))[^\s'\"<>]+"
)
# What is shorter is a word people use, such as the "ollama" that stands for a key where none is needed.
_SHORTEST_SECRET = 8


def without_secrets(text: str, secrets: Collection[str]) -> str:
    """A text in which neither one of `secrets` nor anything that looks like a key is to be read."""
    # As it is, and as JSON writes it.
    written = {*secrets, *(json.dumps(secret)[1:-1] for secret in secrets)}
    for secret in sorted(written, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET and secret[:_SHORTEST_SECRET] in text:
            text = text.replace(secret, _HIDDEN)
            # What was cut short may have been cut in the middle of it.
            for length in range(len(secret) - 1, _SHORTEST_SECRET - 1, -1):
                text = text.replace(secret[:length] + ELLIPSIS, _HIDDEN + ELLIPSIS)
    return _SECRET_SHAPES.sub(_HIDDEN, text)


class _RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Formats every log line last, and takes secrets out of it, those of libraries and tracebacks included."""

    secrets: Collection[str] = ()

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record), self.secrets)


def configure_logs(level: LogLevel, log_format: LogFormat, *, secrets: Collection[str] = ()) -> None:
    """Send our log lines, and those of the libraries, to stderr in one form, and `secrets` nowhere."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: structlog.typing.Processor
    if log_format == "json":
        shared.append(structlog.processors.format_exc_info)
        last = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        last = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The default one prints local variables, and with them tokens.
            exception_formatter=structlog.dev.plain_traceback,
        )
    formatter = _RedactingFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last], foreign_pre_chain=shared
    )
    formatter.secrets = secrets
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for talkative in ("apscheduler", "httpx", "httpcore", "slack_bolt", "slack_sdk", "asyncio"):
        logging.getLogger(talkative).setLevel(max(logging.getLevelName(level), logging.WARNING))
    # Each connection that is dropped or refused is told, by its address in memory; the store tells an outage once.
    logging.getLogger("psycopg").setLevel(logging.WARNING if level == "DEBUG" else logging.ERROR)
    # That something is tried again is no news; that it failed in the end is told by whoever asked.
    stamina.instrumentation.set_on_retry_hooks(())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
