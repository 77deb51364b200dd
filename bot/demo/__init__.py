"""The demo: the real bot, an emulated Slack on loopback, and a bundled day."""

from bot.demo.morning import play_morning

__all__ = ["play_morning"]
