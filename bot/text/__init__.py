"""Pure functions on text: cleaning of untrusted text, languages, LaTeX, emoji, time zones."""
