"""Slack: its Web API, Socket Mode, the outbox sender, people, and conversations."""
