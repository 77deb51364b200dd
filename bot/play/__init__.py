"""Paperboy in a browser: the real bot, a Slack that runs on this machine, and a page to look at both."""

from bot.play.page import serve_playground

__all__ = ["serve_playground"]
