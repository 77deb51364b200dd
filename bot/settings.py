"""The environment, read once.

Each field is an environment variable of the same name in capitals; `.env` in the working folder is read when present,
and `.env.example` names and explains each one (a test holds the two together).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.budget import Budget
from bot.channels import ChannelSettings
from bot.errors import SettingMissing, SettingsWrong
from bot.languages import read_language_code
from bot.reading_list import without_skin_tone

if TYPE_CHECKING:
    from pydantic_settings import PydanticBaseSettingsSource


# What providers call how much a model is to think, from nothing to all it can.
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


class Provider(StrEnum):
    """Which protocol the language model speaks, if there is one."""

    NONE = "none"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"


class LogFormat(StrEnum):
    """How log lines look."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """What is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class Settings(BaseSettings):
    """What the environment says. Secrets do not show when this is printed or logged."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", extra="ignore", env_ignore_empty=True, frozen=True
    )

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_config_token: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=0, le=65535)
    slack_api_url: str = "https://slack.com/api/"

    hf_url: str = "https://huggingface.co"
    arxiv_api_url: str = "https://export.arxiv.org"
    arxiv_url: str = "https://arxiv.org"

    llm_provider: Provider = Provider.NONE
    llm_base_url: str | None = None
    llm_api_key: SecretStr | None = None
    llm_model: str | None = None
    llm_window: int = Field(default=32_000, ge=4_000)
    llm_max_output: int | None = Field(default=None, ge=500, le=200_000)
    llm_reasoning_effort: str | None = None
    llm_daily_tokens: int = Field(default=1_000_000, ge=0)
    llm_input_price: float = Field(default=0.0, ge=0)
    llm_output_price: float = Field(default=0.0, ge=0)

    database_url: str = "sqlite:///paperboy.db"

    paperboy_channel: str | None = None
    paperboy_time: time = time(9, 10)
    paperboy_timezone: str = "Asia/Seoul"
    paperboy_language: str = "en"
    paperboy_top: int = Field(default=10, ge=1, le=50)
    paperboy_emoji: Annotated[tuple[str, ...], NoDecode] = ("bookmark",)
    paperboy_operator: str | None = None
    paperboy_retention_days: int = Field(default=30, ge=1, le=3650)
    paperboy_contact: str | None = None

    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.CONSOLE

    @field_validator("paperboy_time", mode="before")
    @classmethod
    def _read_time(cls, value: object) -> object:
        if isinstance(value, str):
            try:
                return datetime.strptime(value.strip(), "%H:%M").time()  # noqa: DTZ007 - a wall-clock time has no zone
            except ValueError:
                raise ValueError("write it as HH:MM, for example 09:10") from None
        return value

    @field_validator("paperboy_timezone")
    @classmethod
    def _know_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("write an IANA zone, for example Asia/Seoul") from None
        return value

    @field_validator("paperboy_language")
    @classmethod
    def _know_language(cls, value: str) -> str:
        code = read_language_code(value)
        if code is None:
            raise ValueError("write a language code, for example en or ko")
        return code

    @field_validator("paperboy_emoji", mode="before")
    @classmethod
    def _split_emoji(cls, value: object) -> object:
        if isinstance(value, str):
            named = (without_skin_tone(name.strip(":")) for name in value.replace(",", " ").split())
            names = tuple(dict.fromkeys(name for name in named if name))
            if not names:
                raise ValueError("write emoji names, for example bookmark,star")
            return names
        return value

    @field_validator("log_level", "log_format", "llm_provider", mode="before")
    @classmethod
    def _any_case(cls, value: object, info: object) -> object:
        if isinstance(value, str):
            return value.upper() if getattr(info, "field_name", "") == "log_level" else value.lower()
        return value

    @field_validator("llm_reasoning_effort")
    @classmethod
    def _know_effort(cls, value: str | None) -> str | None:
        effort = value.strip().lower() if value else None
        if effort is not None and effort not in _EFFORTS:
            raise ValueError(f"write one of {', '.join(_EFFORTS)}")
        return effort

    @field_validator("slack_api_url", "hf_url", "arxiv_api_url", "arxiv_url", "llm_base_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("write an address that begins with https://")
        return value

    @field_validator("database_url")
    @classmethod
    def _sqlite(cls, value: str) -> str:
        if not value.startswith("sqlite:///") or value == "sqlite:///":
            raise ValueError("write sqlite:/// and the path of a file, for example sqlite:///paperboy.db")
        return value

    @property
    def database_path(self) -> Path:
        """Where the SQLite file is; a relative path belongs to the working folder."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    def require(self, name: str) -> str:
        """The value of a setting that what was asked cannot do without. Raises `SettingMissing`."""
        value = getattr(self, name.lower())
        if value is None:
            raise SettingMissing(name=name)
        return value.get_secret_value() if isinstance(value, SecretStr) else str(value)

    def channel_defaults(self) -> ChannelSettings:
        """How a channel gets its papers as long as nobody there chose otherwise."""
        return ChannelSettings(
            post_at=self.paperboy_time,
            timezone=self.paperboy_timezone,
            language=self.paperboy_language,
            top=self.paperboy_top,
        )

    def budget(self) -> Budget:
        """What language models may cost."""
        return Budget(self.llm_daily_tokens, self.llm_input_price, self.llm_output_price)

    def retention(self) -> timedelta:
        """How long what belongs to a channel or workspace is kept once Paperboy is no longer there."""
        return timedelta(days=self.paperboy_retention_days)


class OwnSettings(Settings):
    """Settings that no environment adds to: keys and channels that are set there are not played with."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given."""
        return (init_settings,)


def read_settings() -> Settings:
    """The environment and `.env`. Raises `SettingsWrong`, naming the first variable that cannot be used and why."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "?"
        raise SettingsWrong(name=name, reason=first["msg"].removeprefix("Value error, ")) from None
    except UnicodeDecodeError:
        raise SettingsWrong(name=".env", reason="save the file as UTF-8") from None
