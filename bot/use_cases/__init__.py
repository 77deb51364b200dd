"""What people can do with Paperboy, whichever surface of Slack they do it from: store and Slack together, no words."""
