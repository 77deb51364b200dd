"""Summaries of papers: extracts, language models, and the check of each summary against its source."""
