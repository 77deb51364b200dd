"""Emoji by Slack's names: those in Paperboy's messages, and those people use most."""

from __future__ import annotations

from bot.rules.reading_list import POSITION_EMOJI

PICKER = (
    "bookmark", *POSITION_EMOJI[:10], "+1", "heart", "tada", "eyes", "white_check_mark", "fire", "rocket",
    "thinking_face", "joy", "raised_hands", "clap", "100", "bulb", "books", "memo", "newspaper",
)  # fmt: skip
"""The emoji that the picker offers, in this order."""

CHARACTERS = {
    **{name: f"{number}\ufe0f\u20e3" for number, name in enumerate(POSITION_EMOJI[:9], start=1)},
    POSITION_EMOJI[9]: "🔟",
    "+1": "👍", "-1": "👎", "100": "💯", "bell": "🔔", "blush": "😊", "book": "📖", "bookmark": "🔖", "books": "📚",
    "bulb": "💡", "calendar": "📆", "chart_with_upwards_trend": "📈", "clap": "👏", "eyes": "👀", "fire": "🔥",
    "grinning": "😀", "hand": "✋", "heart": "❤️", "hourglass": "⌛", "information_source": "ℹ️", "joy": "😂",
    "link": "🔗", "mag": "🔍", "memo": "📝", "mute": "🔇", "newspaper": "📰", "no_entry": "⛔", "ok_hand": "👌",
    "page_facing_up": "📄", "pray": "🙏", "pushpin": "📌", "raised_hands": "🙌", "repeat": "🔁", "rocket": "🚀",
    "rolled_up_newspaper": "🗞️", "slightly_smiling_face": "🙂", "smile": "😄", "sparkles": "✨", "star": "⭐",
    "sunny": "☀️", "tada": "🎉", "thinking_face": "🤔", "thumbsdown": "👎", "thumbsup": "👍", "trophy": "🏆",
    "warning": "⚠️", "wave": "👋", "white_check_mark": "✅", "x": "❌", "zap": "⚡",
}  # fmt: skip
