"""Languages by the names people call them, in any language of the catalogues."""

from __future__ import annotations

from bot.errors import LanguageNotWritten, NotALanguage
from bot.templating.catalogues import catalogue, languages
from bot.text.clean import clean_text, shorten
from bot.text.languages import is_language, read_language_code


def read_language(name: str, *, has_model: bool = True) -> str | None:
    """The code of the language somebody calls `name`, in any language; None when they want that of their Slack.

    Only a language model writes in languages Paperboy does not speak itself. Raises `NotALanguage`, and
    `LanguageNotWritten` for a language nobody here writes.
    """
    code = _code_of(name.casefold())
    if code is None or code in languages():
        return code
    if not is_language(code):
        raise NotALanguage(text=shorten(clean_text(name), 40))
    if not has_model:
        raise LanguageNotWritten(language=shorten(clean_text(name), 40))
    return code


def _code_of(wanted: str) -> str | None:
    for spoken in languages():
        words = catalogue(spoken)
        if wanted in (word.casefold() for word in words.listed("language.automatic")):
            return None
        for key, called in words.entries.items():
            if key.startswith("languages.") and isinstance(called, str) and wanted == called.casefold():
                return key.removeprefix("languages.")
    return read_language_code(wanted) or ""
