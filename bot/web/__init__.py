"""The HTTP server: Slack's requests, health, and metrics."""
