"""Slack as the bot meets it: its Web API, Socket Mode, what is sent, and who people and channels are."""
