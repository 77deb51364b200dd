"""The outside sources of papers: Hugging Face for each day's list, arXiv for any single paper."""
