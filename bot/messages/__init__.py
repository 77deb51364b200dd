"""Everything Paperboy can say in Slack: one typed function a message or view, each a template of the same name."""
