"""Use cases: what people can do with Paperboy from any surface of Slack. They use store and Slack, and word nothing."""
