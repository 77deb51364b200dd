"""`paperboy doctor`: the checks of the setup, printed."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.arguments import AsJson, start
from bot.cli.checks import examine
from bot.cli.findings import Finding, Verdict
from bot.cli.output import DONE, FAILED, finish, print_json, print_text
from bot.cli.streams import can_show
from bot.errors import NotAChannelId
from bot.rules.slack_ids import read_channel_id
from bot.settings import LogLevel

if TYPE_CHECKING:
    from bot.settings import Settings

_SIGNS = {Verdict.OK: "✓", Verdict.NOTE: "!", Verdict.BROKEN: "✗"}
_PLAIN_SIGNS = {Verdict.OK: "+", Verdict.NOTE: "!", Verdict.BROKEN: "x"}


def doctor(
    live: Annotated[
        str | None,
        typer.Option("--live", metavar="CHANNEL", help="Also test in Slack: post to this channel, then delete it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check your setup and suggest fixes."""
    settings = start(LogLevel.ERROR)
    channel = read_channel_id(live) if live else None
    if live and channel is None:
        raise NotAChannelId(text=live)
    finish(asyncio.run(_print_findings(settings, channel, as_json=as_json)))


async def _print_findings(settings: Settings, live: str | None, *, as_json: bool) -> int:
    found = []
    async for finding in examine(settings, live=live):
        found.append(finding)
        if not as_json:
            print_finding(finding)
    if as_json:
        print_json([_as_json(finding) for finding in found])
    return FAILED if any(finding.verdict is Verdict.BROKEN for finding in found) else DONE


def _as_json(finding: Finding) -> dict[str, str]:
    return {"what": finding.what, "verdict": finding.verdict, "told": finding.text, "remedy": finding.remedy}


def print_finding(finding: Finding) -> None:
    """Print a finding, and below it what to do about it, in signs the terminal can show."""
    sign, arrow = _SIGNS[finding.verdict], "→"
    if not can_show(f"{sign}{arrow}", sys.stdout):
        sign, arrow = _PLAIN_SIGNS[finding.verdict], "->"
    print_text(f"{sign} {finding.what}: {finding.text}")
    if finding.remedy:
        print_text(f"    {arrow} {finding.remedy}")
