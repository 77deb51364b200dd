"""`paperboy demo` and `paperboy play`: Paperboy without a Slack of one's own."""

from __future__ import annotations

import asyncio
import webbrowser
from typing import Annotated

import typer

from bot.cli.output import finish, print_text
from bot.logs import configure_logs
from bot.settings import LogFormat, LogLevel


def demo() -> None:
    """Run a demo in the terminal. Needs no Slack, API key, or network."""
    from bot.demo import run_demo  # what only the demo needs is not loaded by a bot

    configure_logs(LogLevel.WARNING, LogFormat.CONSOLE)
    finish(asyncio.run(run_demo()))


def play(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="PORT", help="Port to listen on. Default: any free port.")
    ] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in your browser.")] = True,
) -> None:
    """Try Paperboy in your browser, with a simulated Slack on this machine."""
    from bot.play import serve_playground  # what only the page needs is not loaded by a bot

    def show(address: str) -> None:
        print_text(f"Paperboy is running at {address} (press Ctrl+C to stop).")
        if browser:
            _open_in_browser(address)

    configure_logs(LogLevel.ERROR, LogFormat.CONSOLE)
    asyncio.run(serve_playground(port, show))


def _open_in_browser(address: str) -> None:
    """Open a page where there is a browser of windows; one in this terminal would keep it to itself."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(address)
