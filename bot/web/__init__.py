"""What Paperboy answers over HTTP: Slack's requests, health and figures."""
