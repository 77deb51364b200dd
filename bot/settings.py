"""The environment, read once, in one place: no library is left to read what concerns Paperboy by itself.

Each field is an environment variable of the same name in capitals; `.env` in the working folder is read when present,
and `.env.example` names and explains each one (a test holds the two together). What is wrong or missing is told all at
once. No complaint repeats a value, because it may be a secret in the wrong place.
"""

from __future__ import annotations

import math
import os
import re
import ssl
from base64 import b64decode, b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from functools import partial
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from bot.errors import PaperboyError, SettingMissing, SettingsUnusable, SettingsWrong, TransportMissing
from bot.network import Network, split_no_proxy
from bot.rules.budget import Budget
from bot.rules.channels import ChannelSettings
from bot.rules.due import read_time_of_day
from bot.rules.slack_ids import read_channel_id, read_user_id
from bot.text.emoji import emoji_name
from bot.text.languages import is_language, read_language_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

ENV_FILE = Path(".env")
_OUR_PREFIXES = ("PAPERBOY_", "LLM_")
# Somewhere in it, as in `Ana <ana@example.org>`.
_CONTACT = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]|https?://[^\s/]")
# How alike a name must be to that of a setting, 0 to 1, to be taken for it misspelt.
_NEARLY = 0.85
_MOST_BYTES = 1_000_000
# What copying leaves around a value without showing: blanks of any kind, byte order marks, marks of direction.
_UNSEEN = "".join(map(chr, (0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), 0xAD)))
# The last are what is not UTF-8 (PEP 383).
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Slack's documentation, "Token types" and "Verifying requests from Slack".
_FORMS = {
    "slack_bot_token": (r"(xoxe\.)?xoxb-\S+", "use the Bot User OAuth Token, which starts with xoxb-"),
    "slack_app_token": (r"xapp-\S+", "use an app-level token, which starts with xapp-"),
    "slack_config_token": (r"xoxe\.\S+", "use an app configuration token, which starts with xoxe."),
    "slack_signing_secret": (
        r"[0-9a-fA-F]{16,128}",
        "use the Signing Secret from the app's Basic Information page: digits and the letters a to f only",
    ),
    "slack_client_secret": (
        r"[0-9a-fA-F]{16,128}",
        "use the Client Secret from the app's Basic Information page: digits and the letters a to f only",
    ),
}
_SECRETS = (
    *("slack_bot_token", "slack_app_token", "slack_signing_secret", "slack_config_token", "slack_client_secret"),
    "llm_api_key",
)
_ONE_OR_MANY = "remove it, or remove SLACK_CLIENT_ID and SLACK_CLIENT_SECRET: one token is for a single workspace"
_CHANNELS_IN_SLACK = "remove it: with SLACK_CLIENT_ID there are many workspaces, and channels are set up in Slack"
_INSTALLER_OPERATES = "remove it: with SLACK_CLIENT_ID there are many workspaces, each operated by whoever installed it"
_KEY_BYTES = 32
_KEY_FORM = "use keys of 32 bytes in Base64, each made with: openssl rand -base64 32"
# Options of an address that nobody must see (libpq, "Parameter Key Words").
_QUERY_SECRETS = re.compile(r"[?&](?:password|sslpassword|oauth_client_secret)=([^&]+)")
_SERVER_FORM = "postgresql:// with a server and a database, for example postgresql://db.example.org/paperboy"
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
# What providers call how much a model is to think, from nothing to all it can.
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


class Provider(StrEnum):
    """The protocol that the language model speaks, if there is one."""

    NONE = "none"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"


class LogFormat(StrEnum):
    """The format of log lines."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """The lowest level of events that are logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class SecretStr:
    """A text that does not show when it is printed or logged."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        """The text itself."""
        return self._value

    def __repr__(self) -> str:
        return "SecretStr('**********')"

    def __str__(self) -> str:
        return "**********"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretStr) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the environment gives. Secrets do not show when this is printed or logged.

    Made by hand it reads and checks nothing, so that what is set for a real Paperboy is not played with.
    """

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_config_token: SecretStr | None = None
    slack_client_id: str | None = None
    slack_client_secret: SecretStr | None = None
    paperboy_secret_key: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int | None = None
    slack_api_url: str = "https://slack.com/api/"

    hf_url: str = "https://huggingface.co"
    arxiv_api_url: str = "https://export.arxiv.org"
    arxiv_url: str = "https://arxiv.org"

    llm_provider: Provider = Provider.NONE
    llm_base_url: str | None = field(default=None, repr=False)
    llm_api_key: SecretStr | None = None
    llm_model: str | None = None
    llm_window: int = 32_000
    llm_max_output: int | None = None
    llm_reasoning_effort: str | None = None
    llm_daily_tokens: int = 1_000_000
    llm_input_price: float = 0.0
    llm_output_price: float = 0.0

    database_url: str = field(default="sqlite:///paperboy.db", repr=False)

    paperboy_channel: str | None = None
    paperboy_time: time = time(9, 10)
    paperboy_timezone: str = "Asia/Seoul"
    paperboy_language: str = "en"
    paperboy_top: int = 10
    paperboy_emoji: tuple[str, ...] = ("bookmark",)
    paperboy_operator: str | None = None
    paperboy_retention_days: int = 30
    paperboy_contact: str | None = None

    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.CONSOLE

    http_proxy: SecretStr | None = None
    https_proxy: SecretStr | None = None
    all_proxy: SecretStr | None = None
    no_proxy: str = ""
    ssl_cert_file: str | None = None
    ssl_cert_dir: str | None = None

    @property
    def database_path(self) -> Path | None:
        """The path of the SQLite file, None on a PostgreSQL server; a relative one belongs to the working folder."""
        scheme, _, path = self.database_url.partition(":///")
        return Path(path) if scheme == "sqlite" else None

    @property
    def database_name(self) -> str:
        """The name of the database where people read of it: its path, or its address without user and password."""
        return str(self.database_path or _without_user(self.database_url))

    @property
    def network(self) -> Network:
        """The proxies and certificates with which this machine reaches others."""
        every = _shown(self.all_proxy)
        return Network(
            http_proxy=_shown(self.http_proxy) or every,
            https_proxy=_shown(self.https_proxy) or every,
            direct=split_no_proxy(self.no_proxy),
            certificates=self.ssl_cert_file,
            certificates_folder=self.ssl_cert_dir,
        )

    @property
    def secrets(self) -> frozenset[str]:
        """Every piece of text that must not be seen anywhere: keys, and the passwords in addresses."""
        keys = (*(_shown(getattr(self, name)) for name in _SECRETS), *self.secret_keys)
        addresses = (self.llm_base_url, self.database_url, *(_shown(getattr(self, name)) for name in _PROXIES))
        in_query = (unquote(value) for value in _QUERY_SECRETS.findall(self.database_url))
        return frozenset(
            filter(None, (*keys, *in_query, *(each for address in addresses for each in _password_in(address))))
        )

    @property
    def many_workspaces(self) -> bool:
        """Whether workspaces install the app themselves, instead of there being one token."""
        return self.slack_bot_token is None and bool(self.slack_client_id or self.slack_client_secret)

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys that tokens are encrypted with: the first encrypts, and each decrypts."""
        return tuple((_shown(self.paperboy_secret_key) or "").split())

    def require(self, name: str) -> str:
        """The value of a setting that what was asked cannot do without. Raises `SettingMissing`."""
        value = getattr(self, name.lower())
        if value is None:
            raise SettingMissing(name=name)
        return value.get_secret_value() if isinstance(value, SecretStr) else str(value)

    def missing_to_run(self) -> list[PaperboyError]:
        """The settings that a running bot needs and that are not set."""
        missing: list[PaperboyError] = []
        missing += self.unfit_for_workspaces() if self._names_an_app else []
        if self.slack_bot_token is None and not self._names_an_app:
            missing.append(SettingMissing(name="SLACK_BOT_TOKEN"))
        if self.slack_app_token is None and self.slack_signing_secret is None:
            missing.append(TransportMissing())
        elif self.port is None and (self.slack_app_token is None or self.many_workspaces):
            missing.append(SettingMissing(name="PORT"))
        if self.llm_provider is not Provider.NONE and self.llm_model is None:
            missing.append(SettingMissing(name="LLM_MODEL"))
        return missing

    @property
    def _names_an_app(self) -> bool:
        return bool(self.slack_client_id or self.slack_client_secret)

    def unfit_for_workspaces(self) -> list[PaperboyError]:
        """Complaints about what an app that workspaces install themselves needs, and what is for one workspace."""
        if self.slack_bot_token is not None:
            return [SettingsWrong(name="SLACK_BOT_TOKEN", reason=_ONE_OR_MANY)]
        needed = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "PAPERBOY_SECRET_KEY")
        missing: list[PaperboyError] = [SettingMissing(name=name) for name in needed if not getattr(self, name.lower())]
        for_one = {"PAPERBOY_CHANNEL": _CHANNELS_IN_SLACK, "PAPERBOY_OPERATOR": _INSTALLER_OPERATES}
        wrong = [
            SettingsWrong(name=name, reason=reason) for name, reason in for_one.items() if getattr(self, name.lower())
        ]
        return [*missing, *wrong]

    def channel_defaults(self) -> ChannelSettings:
        """The settings of a channel as long as nobody there chose otherwise."""
        return ChannelSettings(
            post_at=self.paperboy_time,
            timezone=self.paperboy_timezone,
            language=self.paperboy_language,
            top=self.paperboy_top,
        )

    def budget(self) -> Budget:
        """The limits and prices of language models."""
        return Budget(self.llm_daily_tokens, self.llm_input_price, self.llm_output_price)

    def retention(self) -> timedelta:
        """The time for which data of a channel or workspace is kept once Paperboy is no longer there."""
        return timedelta(days=self.paperboy_retention_days)


SETTINGS = tuple(each.name for each in fields(Settings))


def read_settings(*, to_run: bool = False) -> Settings:
    """The environment and `.env`.

    Raises `SettingsUnusable` with everything that is wrong and, `to_run` a bot, with everything that is missing too.
    """
    given, complaints = _environment(os.environ, ENV_FILE)
    settings, wrong = settings_from(given)
    complaints += wrong
    named = {str(each.values.get("name")) for each in complaints}
    if to_run:
        complaints += [each for each in settings.missing_to_run() if not named & _about(each)]
    if complaints:
        raise SettingsUnusable(complaints)
    return settings


def misspelt_settings() -> list[str]:
    """A sentence for each name in the environment and `.env` that is nearly that of a setting; no value is told."""
    try:
        in_file = _read_env_file(ENV_FILE)
    except SettingsWrong:
        in_file = {}
    fields = {name.upper() for name in SETTINGS}
    return [
        f"{name} isn't a setting. Did you mean {near[0]}?"
        for name in sorted({name.upper() for name in (*in_file, *os.environ)} - fields)
        if name.startswith(_OUR_PREFIXES) and (near := get_close_matches(name, fields, n=1, cutoff=_NEARLY))
    ]


@contextmanager
def environment_hidden(prefix: str) -> Iterator[None]:
    """Hide variables whose names begin with `prefix` from a library that would read them."""
    hidden = {name: os.environ.pop(name) for name in [*os.environ] if name.upper().startswith(prefix)}
    try:
        yield
    finally:
        os.environ.update(hidden)


def read_address(text: str, *, may_name_a_user: bool) -> str:
    """An http(s) address with a small scheme, as clients take it. Raises `ValueError`, which says what to use."""
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in {"http", "https"}:
        raise ValueError("use a URL that starts with https:// or http://")
    try:
        there = urlsplit(f"{scheme.lower()}://{rest}")
        named, _ = there.hostname, there.port
    except ValueError:
        raise ValueError("use a URL with a host and, if needed, a port from 0 to 65535") from None
    if not named or re.search(r"[\s\"“”‘’<>\\^`{|}]", rest):
        raise ValueError("use a URL with a host and without blanks or quotes")
    if there.query or there.fragment:
        raise ValueError("use a URL without anything after ? or #")
    if (there.username or there.password) and not may_name_a_user:
        raise ValueError("use a URL without a user name or password")
    return there.geturl()


def _read_key(form: str = r"\S+", hint: str = "") -> Callable[[str], SecretStr]:
    def read(text: str) -> SecretStr:
        if not text.isascii():
            raise ValueError("copy it again: it has characters that no key has, such as typographic quotes")
        if re.search(r"\s", text):
            raise ValueError("copy it again: it has a blank or a line break in it")
        if not re.fullmatch(form, text):
            raise ValueError(hint)
        return SecretStr(text)

    return read


def _read_secret_keys(text: str) -> SecretStr:
    """Keys in Base64, of either alphabet, separated by commas or blanks, as Fernet takes them."""
    keys = text.replace(",", " ").split()
    for key in keys:
        try:
            length = len(b64decode(key, altchars="-_" if {*key} & {*"-_"} else None, validate=True))
        except ValueError:
            length = 0
        if length != _KEY_BYTES:
            raise ValueError(_KEY_FORM)
    return SecretStr(" ".join(key.replace("+", "-").replace("/", "_") for key in keys))


def _read_client_id(text: str) -> str:
    if not re.fullmatch(r"[0-9]+\.[0-9]+", text):
        raise ValueError("use the Client ID from the app's Basic Information page, such as 123456789012.3456789012345")
    return text


def _read_whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    bounds = f" of {least} or more" if most is None else f" from {least} to {most}"

    def read(text: str) -> int:
        try:
            # Of what Python itself would read, digits of other scripts are refused.
            number = int(text.partition(".")[0]) if re.fullmatch(r"[+-]?[0-9_]+(\.0+)?", text) else least - 1
        except ValueError:
            number = least - 1
        if number < least or (most is not None and number > most):
            raise ValueError(f"use a whole number{bounds}")
        return number

    return read


def _read_price(text: str) -> float:
    try:
        price = float(text) if text.isascii() else -1
    except ValueError:
        price = -1
    if not 0 <= price < math.inf:
        raise ValueError("use a number of 0 or more")
    return price


def _one_of(choices: Iterable[str]) -> str:
    *others, last = choices
    return f"{', '.join(others)}, or {last}" if len(others) > 1 else " or ".join((*others, last))


_Choice = TypeVar("_Choice", bound=StrEnum)


def _read_choice(choices: type[_Choice]) -> Callable[[str], _Choice]:
    """The one of these that is meant, in capitals or not."""
    by_name = {str(choice).lower(): choice for choice in choices}

    def read(text: str) -> _Choice:
        if (choice := by_name.get(text.lower())) is None:
            raise ValueError(f"use {_one_of(choices)}")
        return choice

    return read


def _read_time(text: str) -> time:
    try:
        return read_time_of_day(text)
    except ValueError:
        raise ValueError("use HH:MM, for example 09:10") from None


def _read_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError("use an IANA time zone, for example Asia/Seoul") from None
    return text


def _read_language(text: str) -> str:
    code = read_language_code(text)
    if code is None or not is_language(code):
        raise ValueError("use a language code, for example en or ko")
    return code


def _read_emoji(text: str) -> tuple[str, ...]:
    named = [emoji_name(each) for each in text.replace(",", " ").split()]
    known = dict.fromkeys(name for name in named if name is not None)
    if not named or None in named:
        raise ValueError("use emoji names as Slack shows them, for example bookmark,star")
    return tuple(known)


def _read_channel(text: str) -> str:
    if (found := read_channel_id(text)) is None:
        raise ValueError(
            "use the channel's ID, for example C0123456789, from the very bottom of the channel's details in Slack"
        )
    return found


def _read_operator(text: str) -> str:
    if (found := read_user_id(text)) is None:
        raise ValueError(
            "use a member's ID, for example U0123456789, from ⋮ and Copy member ID in their profile in Slack"
        )
    return found


def _read_contact(text: str) -> str:
    if not _CONTACT.search(text):
        raise ValueError("use an email address or a URL, for example ana@example.org")
    return text.strip()


def _read_effort(text: str) -> str:
    effort = text.strip().lower()
    if effort not in _EFFORTS:
        raise ValueError(f"use {_one_of(_EFFORTS)}")
    return effort


def _read_model_address(text: str) -> str:
    """Read a model's base URL, also from the whole address of a request, as providers document it."""
    return re.sub(r"/(chat/completions|messages)/?$", "", read_address(text, may_name_a_user=True))


def _read_database(text: str) -> str:
    if text.partition(":")[0].lower() in {"postgresql", "postgres"}:
        return _read_server(text)
    scheme, separator, path = text.partition(":///")
    if scheme.lower() != "sqlite" or not separator or not path:
        raise ValueError(f"use sqlite:/// and a file path, for example sqlite:///paperboy.db, or {_SERVER_FORM}")
    if "?" in path or "#" in path:
        raise ValueError("use sqlite:/// and a file path without anything after ? or #")
    if path.endswith(("/", "\\")) or path == ":memory:":
        raise ValueError("use sqlite:/// and the path of a file, for example sqlite:///paperboy.db")
    if path.startswith("~"):
        try:
            path = str(Path(path).expanduser())
        except RuntimeError:
            raise ValueError("write the path in full, without ~") from None
    return f"sqlite:///{path}"


def _read_server(text: str) -> str:
    """The address of a database of PostgreSQL's, which some write with the scheme postgres (libpq, "Connection URIs").

    What libpq would take otherwise than it was meant is refused: it would repeat a part of the password as a host.
    """
    address = text.partition(":")[2].removeprefix("//")
    user, _, place = address.rpartition("@")
    if re.search(r"[@/?#]", user) or re.search(r"%(?![0-9A-Fa-f]{2})", address):
        raise ValueError("write @, /, ?, #, and % in a user name or password as %40, %2F, %3F, %23, and %25")
    if re.search(r"[\s\"“”‘’<>\\^`{|}]", address):
        raise ValueError("use a URL without blanks or quotes")
    if not re.fullmatch(r"[^/?#]*/[^/?#]+(\?[^#]*)?", place):
        raise ValueError(f"use {_SERVER_FORM}")
    return f"postgresql://{address}"


def _read_proxy(text: str) -> SecretStr:
    address = text if "://" in text else f"http://{text}"
    if address.lower().startswith("socks"):
        return SecretStr(text)  # it may be that nothing is left for it to do
    return SecretStr(read_address(address, may_name_a_user=True))


def _read_certificates(text: str) -> str:
    return _checked_certificates(text, is_file=True)


def _read_certificates_folder(text: str) -> str:
    return _checked_certificates(text, is_file=False)


def _checked_certificates(text: str, *, is_file: bool) -> str:
    try:
        there = Path(text)
        if not (there.is_file() if is_file else there.is_dir()):
            raise ValueError("use a file that exists" if is_file else "use a folder that exists")
        ssl.create_default_context(cafile=text if is_file else None, capath=None if is_file else text)
    except OSError as error:
        reason = (
            "use certificates in the PEM format" if isinstance(error, ssl.SSLError) else error.strerror or "unreadable"
        )
        raise ValueError(reason) from None
    return text


_read_site = partial(read_address, may_name_a_user=False)
# How what is said of a setting becomes its value; each raises `ValueError`, which says what would be right and repeats
# no value. What is not here is taken as it is.
_READERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        **{name: _read_key(*_FORMS.get(name, ())) for name in _SECRETS},
        **dict.fromkeys(("slack_api_url", "hf_url", "arxiv_api_url", "arxiv_url"), _read_site),
        **dict.fromkeys(_PROXIES, _read_proxy),
        "slack_client_id": _read_client_id,
        "paperboy_secret_key": _read_secret_keys,
        "port": _read_whole_number(0, 65535),
        "llm_provider": _read_choice(Provider),
        "llm_base_url": _read_model_address,
        "llm_window": _read_whole_number(4_000),
        "llm_max_output": _read_whole_number(500, 200_000),
        "llm_reasoning_effort": _read_effort,
        "llm_daily_tokens": _read_whole_number(0),
        "llm_input_price": _read_price,
        "llm_output_price": _read_price,
        "database_url": _read_database,
        "paperboy_channel": _read_channel,
        "paperboy_time": _read_time,
        "paperboy_timezone": _read_zone,
        "paperboy_language": _read_language,
        "paperboy_top": _read_whole_number(1, 50),
        "paperboy_emoji": _read_emoji,
        "paperboy_operator": _read_operator,
        "paperboy_contact": _read_contact,
        "paperboy_retention_days": _read_whole_number(1, 3650),
        "log_level": _read_choice(LogLevel),
        "log_format": _read_choice(LogFormat),
        "ssl_cert_file": _read_certificates,
        "ssl_cert_dir": _read_certificates_folder,
    }
)


def _environment(environment: Mapping[str, str], file: Path) -> tuple[dict[str, str], list[PaperboyError]]:
    """The given settings, by field, and the errors in their values; the environment wins over the file."""
    complaints: list[PaperboyError] = []
    try:
        in_file = _read_env_file(file)
    except SettingsWrong as error:
        complaints.append(error)
        in_file = {}
    given: dict[str, str] = {}
    # Where both `http_proxy` and `HTTP_PROXY` are set, the small one wins (curl's manual, "Environment").
    for source in (in_file, environment):
        for name in sorted(source):
            if (field := name.lower()) in SETTINGS and (value := _trimmed(source[name])):
                given[field] = value
    for field, value in [*given.items()]:
        if found := _UNUSABLE.search(value):
            del given[field]
            is_text = found[0] < "\ud800"
            reason = "remove the line break or other control character in it" if is_text else "write it in UTF-8"
            complaints.append(SettingsWrong(name=field.upper(), reason=reason))
    return given, complaints


def _trimmed(value: str) -> str:
    """A value without what copying and quoting leave around it.

    `docker run --env-file` takes quotes for a part of the value, where everybody else takes them off.
    """
    bare = _without_unseen(value)
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        bare = _without_unseen(bare[1:-1])
    return bare


def _without_unseen(value: str) -> str:
    before = None
    while value != before:
        before, value = value, value.strip().strip(_UNSEEN)
    return value


def _read_env_file(file: Path) -> dict[str, str]:
    """The variables in a file, none when there is no file. Raises `SettingsWrong` when it cannot be read as a whole."""
    try:
        if (file / "pyvenv.cfg").is_file():
            return {}  # a virtual environment, which many call .env
        with file.open("rb") as opened:
            raw = opened.read(_MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except IsADirectoryError:
        raise SettingsWrong(name=file.name, reason="it's a folder. Use a file") from None
    except OSError as error:
        reason = f"it can't be read ({error.strerror}). Run Paperboy as its owner, or change its permissions"
        raise SettingsWrong(name=file.name, reason=reason) from None
    if len(raw) > _MOST_BYTES:
        raise SettingsWrong(name=file.name, reason="it's larger than 1 MB. Remove what isn't a setting")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsWrong(name=file.name, reason="save the file as UTF-8") from None
    for binding in parse_stream(StringIO(text)):
        line = binding.original.line + _blank_lines_before(binding.original.string)
        if binding.error or _swallows_a_setting(binding.value):
            raise SettingsWrong(name=file.name, reason=f"check the quotes in line {line}")
    return {name: value for name, value in dotenv_values(stream=StringIO(text)).items() if value is not None}


def _blank_lines_before(statement: str) -> int:
    return statement[: len(statement) - len(statement.lstrip())].count("\n")


def _swallows_a_setting(value: str | None) -> bool:
    """Whether a quote that was never closed makes later settings a part of this one."""
    below = (value or "").splitlines()[1:]
    names = (re.match(r"\s*(?:export\s+)?([A-Za-z_]+)\s*=", line) for line in below)
    return any(found and found[1].lower() in SETTINGS for found in names)


def settings_from(given: Mapping[str, str]) -> tuple[Settings, list[PaperboyError]]:
    """Settings of all that can be used of what is said by field, and what is wrong with the rest."""
    usable: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name in SETTINGS:
        if name in given:
            try:
                usable[name] = _READERS.get(name, str)(given[name])
            except ValueError as error:
                wrong[name] = str(error)
    settings = Settings(**usable)
    wrong |= _socks_in_use(settings)
    return settings, [SettingsWrong(name=name.upper(), reason=reason) for name, reason in wrong.items()]


def _socks_in_use(settings: Settings) -> dict[str, str]:
    """Desktops set ALL_PROXY to a SOCKS proxy beside ones for http and https: then it has nothing to do here."""
    used = [name for name in ("http_proxy", "https_proxy") if getattr(settings, name)]
    used += ["all_proxy"] if len(used) < len(("http_proxy", "https_proxy")) else []
    reason = "Paperboy can't use SOCKS proxies. Set HTTPS_PROXY to an http:// proxy, or unset this one"
    return {
        name: reason for name in used if (address := _shown(getattr(settings, name))) and address.startswith("socks")
    }


def _about(error: PaperboyError) -> set[str]:
    """The settings an error about something missing is about."""
    if isinstance(error, TransportMissing):
        return {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"}
    return {str(error.values["name"]), *({"SLACK_APP_TOKEN"} if error.values["name"] == "PORT" else ())}


def _shown(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _without_user(address: str) -> str:
    """A server's address without who logs in, and without its options but for the folder of a socket."""
    scheme, _, rest = address.partition("://")
    place, _, options = rest.rpartition("@")[2].partition("?")
    host = re.search(r"(?:^|&)host=([^&]*)", options)
    return f"{scheme}://{unquote(host[1]) if host and place.startswith('/') else ''}{place}"


def _password_in(address: str | None) -> Iterable[str]:
    """The password in an address, as it is written, as it is meant, and as a request carries it (RFC 7617)."""
    try:
        there = urlsplit(address or "")
    except ValueError:
        return ()
    if not there.password:
        return ()
    sent = b64encode(f"{unquote(there.username or '')}:{unquote(there.password)}".encode()).decode()
    return {there.password, unquote(there.password), sent}
