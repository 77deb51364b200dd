"""The demo: the real bot, an emulated Slack on loopback, and a bundled day."""

from bot.demo.script import run_demo

__all__ = ["run_demo"]
