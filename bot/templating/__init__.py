"""Texts and layout: the catalogues, the Block Kit functions, and the templates that combine them."""
