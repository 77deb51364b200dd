"""Editions: everything Paperboy sends unasked."""
