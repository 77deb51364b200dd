"""A morning with Paperboy on this machine alone: a Slack on loopback, a bundled day, and the real bot in between."""

from bot.demo.morning import play_morning

__all__ = ["play_morning"]
