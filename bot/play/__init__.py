"""The playground: the real bot, an emulated Slack on this machine, and a page to see both in a browser."""

from bot.play.page import serve_playground

__all__ = ["serve_playground"]
