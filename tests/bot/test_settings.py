"""What the environment may say, and how Paperboy says that something in it is wrong."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import asdict, fields, replace
from datetime import time
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import PaperboyError, SettingMissing, SettingsUnusable, SettingsWrong, TransportMissing
from bot.rules.channels import ChannelSettings
from bot.settings import SETTINGS, LogFormat, LogLevel, Settings, misspelt_settings, read_settings, settings_from

NAMES = {name.upper() for name in SETTINGS}
EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder, and an environment that says nothing of Paperboy."""
    for name in list(os.environ):
        if name.upper() in NAMES:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def complaints(*, to_run: bool = False) -> list[PaperboyError]:
    with pytest.raises(SettingsUnusable) as complaint:
        read_settings(to_run=to_run)
    return list(complaint.value.complaints)


def wrong() -> tuple[str, str]:
    """The one variable that is complained about, and what is said of it."""
    (complaint,) = complaints()
    assert isinstance(complaint, SettingsWrong)
    return str(complaint.values["name"]), str(complaint.values["reason"])


# what can be said -----------------------------------------------------------------------------------------------------


def test_nothing_needs_to_be_said() -> None:
    settings = read_settings()
    assert settings.channel_defaults() == ChannelSettings(time(9, 10), "Asia/Seoul", "en", 10)
    assert settings.slack_bot_token is None
    assert settings.paperboy_channel is None
    assert settings.paperboy_emoji == ("bookmark",)
    assert settings.hf_url == "https://huggingface.co"
    assert settings.database_path == Path("paperboy.db")
    assert (settings.log_level, settings.log_format) == (LogLevel.INFO, LogFormat.CONSOLE)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "PAPERBOY_CHANNEL": "C0123456789",
        "PAPERBOY_TIME": "18:05",
        "PAPERBOY_TIMEZONE": "Europe/Berlin",
        "PAPERBOY_LANGUAGE": "ko",
        "PAPERBOY_TOP": "3",
        "LOG_LEVEL": "debug",
        "LOG_FORMAT": "JSON",
        "HF_URL": "http://127.0.0.1:8080",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert settings.channel_defaults() == ChannelSettings(time(18, 5), "Europe/Berlin", "ko", 3)
    assert settings.paperboy_channel == "C0123456789"
    assert settings.hf_url == "http://127.0.0.1:8080"
    assert (settings.log_level, settings.log_format) == (LogLevel.DEBUG, LogFormat.JSON)


def test_a_env_file_of_the_working_folder_is_read(folder: Path) -> None:
    (folder / ".env").write_text("# ours\nPAPERBOY_TOP=7\nPAPERBOY_EMOJI='star, :eyes:'\n", encoding="utf-8")
    settings = read_settings()
    assert settings.paperboy_top == 7
    assert settings.paperboy_emoji == ("star", "eyes")


def test_a_env_file_of_another_folder_is_not(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("PAPERBOY_TOP=7\n", encoding="utf-8")
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    assert read_settings().paperboy_top == 10


def test_the_environment_wins_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("PAPERBOY_TOP=7\n", encoding="utf-8")
    monkeypatch.setenv("PAPERBOY_TOP", "4")
    assert read_settings().paperboy_top == 4


def test_the_first_line_counts_also_where_an_editor_marked_the_file_as_utf_8(folder: Path) -> None:
    (folder / ".env").write_text("PAPERBOY_TOP=7\n", encoding="utf-8-sig")
    assert read_settings().paperboy_top == 7


def test_what_is_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_BOT_TOKEN", "PAPERBOY_CHANNEL", "PAPERBOY_TOP", "PAPERBOY_EMOJI", "PAPERBOY_TIMEZONE"):
        monkeypatch.setenv(name, "")
    assert read_settings() == Settings()


def test_variables_of_other_programs_are_let_be(folder: Path) -> None:
    (folder / ".env").write_text("EDITOR=vi\nPAPERBOY_TOP=7\n", encoding="utf-8")
    assert read_settings().paperboy_top == 7


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("bookmark", ("bookmark",)),
        (":bookmark:", ("bookmark",)),
        ("star,bookmark,star", ("star", "bookmark")),
        (" :star: ,, :raised_hands::skin-tone-3: ", ("star", "raised_hands")),
        ("+1 star", ("+1", "star")),
        ("thumbsup", ("+1",)),
        ("👍🏽,:Bookmark:", ("+1", "bookmark")),
        ("thumbsup +1 👍", ("+1",)),
        ("our_own-emoji 우리", ("our_own-emoji", "우리")),
    ],
)
def test_emoji_are_named_as_people_name_them(
    given: str, understood: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERBOY_EMOJI", given)
    assert read_settings().paperboy_emoji == understood


@pytest.mark.parametrize(("given", "understood"), [("ko", "ko"), ("ko-KR", "ko"), ("EN_us", "en"), (" ko ", "ko")])
def test_a_language_may_name_its_country(given: str, understood: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERBOY_LANGUAGE", given)
    assert read_settings().paperboy_language == understood


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///paperboy.db", "paperboy.db"),
        ("sqlite:///data/our papers.db", "data/our papers.db"),
        ("sqlite:////var/lib/paperboy.db", "/var/lib/paperboy.db"),
    ],
)
def test_three_slashes_begin_a_path_of_the_working_folder_and_four_an_absolute_one(
    url: str, path: str, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert read_settings().database_path == Path(path)
    assert (folder / path) == Path(path).absolute()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://ana@db.example.org/paperboy", "postgresql://db.example.org/paperboy"),
        ("postgresql://ana:hush-hush@db.example.org:5433/paperboy", "postgresql://db.example.org:5433/paperboy"),
        ("POSTGRES://ana:hush%40hush@db/paperboy?sslmode=require", "postgresql://db/paperboy"),
        ("postgresql://ana:hush-hush@one:5432,two:5433/paperboy", "postgresql://one:5432,two:5433/paperboy"),
        ("postgresql://[::1]:5433/paperboy?user=ana&password=hush-hush", "postgresql://[::1]:5433/paperboy"),
        ("postgresql://ana@/paperboy?host=%2Fvar%2Frun%2Fpostgresql", "postgresql:///var/run/postgresql/paperboy"),
    ],
)
def test_a_database_on_a_server_is_called_by_its_address_without_who_logs_in(
    url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    settings = read_settings()
    assert settings.database_path is None
    assert settings.database_name == name
    assert settings.database_url.startswith("postgresql://")
    assert "hush" not in repr(settings)
    assert ("hush" in url) == any(secret.startswith("hush") for secret in settings.secrets)


def test_what_is_said_becomes_a_value_of_the_kind_of_its_default() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    given = dict(re.findall(r"^#? ?([A-Z_]+)=(.+)$", text, flags=re.MULTILINE))
    settings, wrong = settings_from({name.lower(): value for name, value in given.items()})
    assert not wrong
    for name, default in asdict(Settings()).items():
        assert default is None or type(getattr(settings, name)) is type(default), name


@pytest.mark.parametrize(
    ("name", "given", "understood"),
    [("PORT", "0", 0), ("PORT", "080", 80), ("PAPERBOY_TOP", "+7", 7), ("PAPERBOY_TOP", "7.0", 7),
     ("LLM_DAILY_TOKENS", "1_000_000", 1_000_000), ("LLM_INPUT_PRICE", "1e-1", 0.1)],
)  # fmt: skip
def test_a_number_may_be_written_the_ways_people_write_it(
    name: str, given: str, understood: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, given)
    assert getattr(read_settings(), name.lower()) == understood


# what cannot ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "contact", ["ana@example.org", " ana@lab.example.org ", "Ana <ana@example.org>", "https://example.org/bots"]
)
def test_a_contact_is_an_email_address_or_a_url(contact: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERBOY_CONTACT", contact)
    assert read_settings().paperboy_contact == contact.strip()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PAPERBOY_TIME", "9 o'clock", "HH:MM, for example 09:10"),
        ("PAPERBOY_TIME", "24:00", "HH:MM, for example 09:10"),
        ("PAPERBOY_TIME", "09:10:30", "HH:MM, for example 09:10"),
        ("PAPERBOY_TIMEZONE", "Seoul", "IANA time zone, for example Asia/Seoul"),
        ("PAPERBOY_TIMEZONE", "Asia", "IANA time zone, for example Asia/Seoul"),
        ("PAPERBOY_TIMEZONE", "../../etc/passwd", "IANA time zone, for example Asia/Seoul"),
        ("PAPERBOY_TIMEZONE", "KST+9", "IANA time zone, for example Asia/Seoul"),
        ("PAPERBOY_LANGUAGE", "korean", "language code, for example en or ko"),
        ("PAPERBOY_LANGUAGE", "jp", "language code, for example en or ko"),
        ("PAPERBOY_LANGUAGE", "한국어", "language code, for example en or ko"),
        ("PAPERBOY_TOP", "ten", "a whole number from 1 to 50"),
        ("PAPERBOY_TOP", "2.5", "a whole number from 1 to 50"),
        ("PAPERBOY_TOP", "0", "from 1 to 50"),
        ("PAPERBOY_TOP", "51", "from 1 to 50"),
        ("PAPERBOY_EMOJI", " :: , ", "use emoji names as Slack shows them, for example bookmark,star"),
        ("SLACK_API_URL", "slack.com/api", "starts with https://"),
        ("HF_URL", "huggingface.co", "starts with https://"),
        ("ARXIV_API_URL", "ftp://export.arxiv.org", "starts with https://"),
        ("DATABASE_URL", "paperboy.db", "sqlite:/// and a file path"),
        ("DATABASE_URL", "sqlite:///", "sqlite:/// and a file path"),
        ("DATABASE_URL", "mysql://localhost/paperboy", "or postgresql:// with a server and a database"),
        ("DATABASE_URL", "postgresql+psycopg://localhost/paperboy", "or postgresql:// with a server and a database"),
        ("DATABASE_URL", "postgresql://localhost", "postgresql:// with a server and a database"),
        ("DATABASE_URL", "postgresql:localhost/paperboy#x", "postgresql:// with a server and a database"),
        ("DATABASE_URL", "postgres://ana:hush@hush@db/paperboy", "as %40, %2F, %3F, %23, and %25"),
        ("DATABASE_URL", "postgres://ana:hush/hush@db/paperboy", "as %40, %2F, %3F, %23, and %25"),
        ("DATABASE_URL", "postgres://ana:hush?hush@db/paperboy", "as %40, %2F, %3F, %23, and %25"),
        ("DATABASE_URL", "postgres://ana:hush%hush@db/paperboy", "as %40, %2F, %3F, %23, and %25"),
        ("DATABASE_URL", "postgresql://ana:hush hush@db/paperboy", "without blanks or quotes"),
        ("DATABASE_URL", "sqlite:///paperboy.db?mode=ro", "without anything after ?"),
        ("DATABASE_URL", "sqlite:///:memory:", "path of a file"),
        ("DATABASE_URL", "sqlite:///data/", "path of a file"),
        ("DATABASE_URL", "sqlite:///~nobody-of-this-name/p.db", "write the path in full"),
        ("PORT", "tcp://10.0.0.1:80", "a whole number from 0 to 65535"),
        ("LLM_WINDOW", "1000", "a whole number of 4000 or more"),
        ("LLM_INPUT_PRICE", "free", "a number of 0 or more"),
        ("LLM_INPUT_PRICE", "inf", "a number of 0 or more"),
        ("PAPERBOY_CHANNEL", "#papers", "channel's ID, for example C0123456789"),
        ("PAPERBOY_CHANNEL", "papers", "channel's ID"),
        ("PAPERBOY_CHANNEL", "GENERAL", "channel's ID"),
        ("PAPERBOY_CHANNEL", "U0123456789", "channel's ID"),
        ("PAPERBOY_CHANNEL", "D0123456789", "channel's ID"),
        ("PAPERBOY_OPERATOR", "@ana", "member's ID, for example U0123456789"),
        ("PAPERBOY_OPERATOR", "ana@example.org", "member's ID"),
        ("PAPERBOY_OPERATOR", "C0123456789", "member's ID"),
        ("PAPERBOY_EMOJI", "bookmark,#1", "emoji names"),
        ("PAPERBOY_EMOJI", "👍👎", "emoji names"),
        ("LLM_BASE_URL", "http://local host/v1", "without blanks"),
        ("LLM_BASE_URL", "http://localhost:port/v1", "a port from 0 to 65535"),
        ("LLM_BASE_URL", "http://", "with a host"),
        ("LLM_BASE_URL", "https://api.example.org/v1?key=hush-hush", "without anything after ?"),
        ("HF_URL", "https://ana:hush-hush@hf.example.org", "without a user name or password"),
        ("HTTPS_PROXY", "socks5://127.0.0.1:1080", "SOCKS"),
        ("ALL_PROXY", "socks5h://ana:hush-hush@127.0.0.1:1080", "SOCKS"),
        ("HTTP_PROXY", "ftp://proxy", "starts with https://"),
        ("HTTP_PROXY", "http://[::1", "a host and, if needed, a port"),
        ("SSL_CERT_FILE", "/nowhere.pem", "use a file that exists"),
        ("SSL_CERT_FILE", "/dev", "use a file that exists"),
        ("SSL_CERT_DIR", "/nowhere", "use a folder that exists"),
        ("SSL_CERT_FILE", str(EXAMPLE), "use certificates"),
        ("HOST", "127.0.0.1\nX-Evil: 1", "line break"),
        ("LOG_LEVEL", "trace", "DEBUG, INFO, WARNING, or ERROR"),
        ("LOG_LEVEL", "loud", "DEBUG, INFO, WARNING, or ERROR"),
        ("LOG_FORMAT", "xml", "console or json"),
        ("LLM_PROVIDER", "gemini", "use none, openai, or anthropic"),
        ("PAPERBOY_TOP", "３", "a whole number from 1 to 50"),
        ("PAPERBOY_TOP", "9" * 5000, "a whole number from 1 to 50"),
        ("LLM_OUTPUT_PRICE", "nan", "a number of 0 or more"),
        ("LLM_OUTPUT_PRICE", "-1", "a number of 0 or more"),
        ("PAPERBOY_CONTACT", "ana\udcff@example.org", "UTF-8"),
        ("PAPERBOY_CONTACT", "me", "an email address or a URL"),
        ("PAPERBOY_CONTACT", "ana@", "an email address or a URL"),
        ("PAPERBOY_CONTACT", "https://", "an email address or a URL"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    named, reason = wrong()
    assert named == name
    assert says in reason
    assert "\n" not in reason
    assert "hush" not in reason
    assert "Value error" not in reason


def test_a_wrong_value_of_the_file_is_named_too(folder: Path) -> None:
    (folder / ".env").write_text("PAPERBOY_TOP=many\n", encoding="utf-8")
    named, reason = wrong()
    assert named == "PAPERBOY_TOP"
    assert "whole number" in reason


@pytest.mark.parametrize("encoding", ["cp949", "utf-16"])
def test_a_file_in_another_encoding_is_refused_and_not_guessed_at(folder: Path, encoding: str) -> None:
    (folder / ".env").write_bytes("# 우리 설정\nPAPERBOY_TOP=7\n".encode(encoding))
    named, reason = wrong()
    assert named == ".env"
    assert "UTF-8" in reason


# what is needed, and what is kept to ourselves ------------------------------------------------------------------------


def test_what_is_needed_is_named_when_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingMissing) as missing:
        read_settings().require("SLACK_BOT_TOKEN")
    assert missing.value.values == {"name": "SLACK_BOT_TOKEN"}
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("PAPERBOY_CHANNEL", "C0123456789")
    assert read_settings().require("SLACK_BOT_TOKEN") == "xoxb-1"
    assert read_settings().require("PAPERBOY_CHANNEL") == "C0123456789"


def test_everything_wrong_or_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PAPERBOY_TOP": "many",
        "SLACK_APP_TOKEN": "xoxb-1",
        "PAPERBOY_CHANNEL": "#papers",
        "LLM_PROVIDER": "openai",
        "HTTP_PROXY": "socks4://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    at_once = ["HTTP_PROXY", "PAPERBOY_CHANNEL", "PAPERBOY_TOP", "SLACK_APP_TOKEN"]
    assert sorted(str(each.values["name"]) for each in complaints()) == at_once
    assert sorted(str(each.values["name"]) for each in complaints(to_run=True)) == sorted(
        [*at_once, "LLM_MODEL", "SLACK_BOT_TOKEN"]
    )


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, ["SLACK_BOT_TOKEN", None]),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, [None]),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef"}, ["PORT"]),
    ],
)
def test_all_a_running_bot_needs_is_named(
    given: dict[str, str], missing: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    found = complaints(to_run=True)
    assert [each.values.get("name") for each in found] == missing
    assert all(isinstance(each, SettingMissing | TransportMissing) for each in found)


# what is around a value -----------------------------------------------------------------------------------------------

AROUND = st.text(st.sampled_from(" \t\r\n\u00a0\u200b\u2060\ufeff\u200e\u202a\u3000"), max_size=4)
SECRET_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
FITTING = {
    "SLACK_BOT_TOKEN": "xoxb-1-2-abcDEF",
    "SLACK_APP_TOKEN": "xapp-1-A1-2-abc",
    "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99aaabbb85a5",
    "SLACK_CONFIG_TOKEN": "xoxe.xoxp-1-abc",
    "SLACK_CLIENT_SECRET": "4f1c0d5c8b8e4a0d9f4d2b7e6a9c1e3f",
    "LLM_API_KEY": "sk-proj-ABC_def-123",
}


@given(st.sampled_from([*FITTING]), AROUND, AROUND, st.sampled_from(["", '"', "'"]))
def test_what_copying_leaves_around_a_secret_is_taken_off(name: str, before: str, after: str, quote: str) -> None:
    with mock.patch.dict(os.environ, {name: f"{before}{quote}{FITTING[name]}{quote}{after}"}):
        assert read_settings().require(name) == FITTING[name]


@pytest.mark.parametrize("name", [*FITTING])
@pytest.mark.parametrize("inside", ["“{}”", "‘{}", "{}\u00e9", "{} {}", "{}\n{}", "{}\x00", "{}\u200b{}", "{}\x7f{}"])
def test_a_secret_with_something_in_it_that_no_key_has_is_refused_without_being_shown(
    name: str, inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = inside.format(FITTING[name], FITTING[name])
    with mock.patch.object(os, "environ", {**os.environ, name: given}):
        named, reason = wrong()
    assert named == name
    assert FITTING[name] not in reason
    assert "\n" not in reason


@pytest.mark.parametrize("name", sorted({*FITTING} - {"LLM_API_KEY"}))
@pytest.mark.parametrize("other", [*FITTING])
def test_one_secret_in_the_place_of_another_is_found_out(
    name: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, FITTING[other])
    if name == other:
        assert read_settings().require(name) == FITTING[name]
    elif {name, other} != {"SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"}:  # Slack makes both alike
        assert wrong()[0] == name


@pytest.mark.parametrize(
    ("name", "given", "understood"),
    [
        ("LLM_BASE_URL", " HTTP://localhost:11434/v1 ", "http://localhost:11434/v1"),
        ("LLM_BASE_URL", "https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1"),
        ("LLM_BASE_URL", "https://api.anthropic.com/v1/messages/", "https://api.anthropic.com/v1"),
        ("HF_URL", "HTTPS://huggingface.co", "https://huggingface.co"),
        ("DATABASE_URL", "SQLITE:///paperboy.db", "sqlite:///paperboy.db"),
        ("DATABASE_URL", "sqlite:///~/paperboy.db", "sqlite:////home/ana/paperboy.db"),
        ("PAPERBOY_CHANNEL", "https://ours.slack.com/archives/C0123456789", "C0123456789"),
        ("PAPERBOY_CHANNEL", "G0123456789", "G0123456789"),
        ("PAPERBOY_OPERATOR", "https://ours.slack.com/team/W0123456789", "W0123456789"),
    ],
)
def test_an_address_or_id_may_be_written_the_way_it_is_copied(
    name: str, given: str, understood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ana")
    monkeypatch.setenv(name, given)
    assert getattr(read_settings(), name.lower()) == understood


# .env -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("PAPERBOY_TOP=7\nPAPERBOY_CONTACT='ana\nLOG_LEVEL=DEBUG\n", 2),
        ('\n# ours\n\nPAPERBOY_CONTACT="ana\nPAPERBOY_TOP=7\nHOST="x"\n', 4),
        ("OTHER='an open quote\nPAPERBOY_TOP=7\nANOTHER='closes it'\n", 1),
        ("PAPERBOY_CONTACT='it's me'\n", 1),
    ],
)
def test_a_quote_that_is_not_closed_costs_no_setting_in_silence(folder: Path, text: str, line: int) -> None:
    (folder / ".env").write_text(text, encoding="utf-8")
    named, reason = wrong()
    assert named == ".env"
    assert reason.endswith(f"line {line}")


def test_a_value_of_several_lines_for_another_program_is_let_be(folder: Path) -> None:
    (folder / ".env").write_text('KEY="-----BEGIN\nabc=\n-----END"\nPAPERBOY_TOP=7\n', encoding="utf-8")
    assert read_settings().paperboy_top == 7


def test_a_folder_called_env_is_named_unless_it_is_a_virtual_environment(folder: Path) -> None:
    (folder / ".env").mkdir()
    assert wrong()[0] == ".env"
    (folder / ".env" / "pyvenv.cfg").touch()
    assert read_settings() == Settings()


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ELOOP])
def test_a_file_that_cannot_be_read_is_named_with_the_reason(folder: Path, code: int) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    with mock.patch.object(Path, "open", refuse):
        named, reason = wrong()
    assert named == ".env"
    assert os.strerror(code) in reason


# the network ----------------------------------------------------------------------------------------------------------


def test_proxies_are_read_in_capitals_or_not_and_the_small_ones_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://big:1")
    monkeypatch.setenv("https_proxy", "small:3128")
    monkeypatch.setenv("ALL_PROXY", "http://all:2")
    network = read_settings().network
    assert network.proxy_for("https://slack.com/api/") == "http://small:3128"
    assert network.proxy_for("http://models.example.org") == "http://all:2"


def test_a_socks_proxy_that_has_nothing_to_do_is_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:1080")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    assert read_settings().network.proxy_for("https://slack.com") == "http://proxy:1"


def secret_names() -> list[str]:
    return [field.name.upper() for field in fields(Settings) if "Secret" in str(field.type)]


def test_tokens_are_secrets() -> None:
    assert {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"} <= set(secret_names())
    named = {name for name in NAMES if re.search("TOKEN$|SECRET|API_KEY|(?<!NO)_PROXY", name)}
    assert named == set(secret_names())


@pytest.mark.parametrize("name", secret_names())
def test_a_secret_never_shows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {**FITTING, "PAPERBOY_SECRET_KEY": SECRET_KEY}.get(name, "http://ana:hush-hush@proxy.example.org:3128")
    monkeypatch.setenv(name, secret)
    settings = read_settings()
    shown = [str(settings), repr(settings), f"{settings}", str(asdict(settings))]
    assert not any(secret in text or "hush" in text for text in shown)
    assert settings.require(name) == secret
    assert settings.secrets & {secret, "hush-hush"}


def test_a_password_in_an_address_is_a_secret_in_every_form_it_is_sent_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_BASE_URL", "https://ana:hush%22hush@models.example.org/v1")
    sent = "YW5hOmh1c2giaHVzaA=="  # of `Authorization: Basic`
    assert read_settings().secrets == {"hush%22hush", 'hush"hush', sent}


def test_a_complaint_shows_no_secret_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "hush-hush")
    monkeypatch.setenv("PAPERBOY_TOP", "many")
    with pytest.raises(SettingsUnusable) as complaint:
        read_settings()
    assert "hush" not in f"{complaint.value} {complaint.value!r} {complaint.value.__cause__}"


# .env.example ---------------------------------------------------------------------------------------------------------


def example_lines() -> dict[str, tuple[bool, str]]:
    """Of each variable in `.env.example`: whether it is commented out, and its value."""
    assignment = re.compile(r"^(# )?([A-Z][A-Z_]+)=(.*)$", re.MULTILINE)
    found = assignment.findall(EXAMPLE.read_text(encoding="utf-8"))
    assert len({name for _, name, _ in found}) == len(found), "a variable is explained twice"
    return {name: (bool(commented), value) for commented, name, value in found}


def test_the_example_names_exactly_the_settings() -> None:
    assert set(example_lines()) == NAMES


def test_the_example_shows_each_default_commented_out() -> None:
    as_written = {time(9, 10): "09:10", ("bookmark",): "bookmark", None: "", "": ""}
    for name, default in asdict(Settings()).items():
        commented, value = example_lines()[name.upper()]
        if commented:
            assert value == as_written.get(default, str(default)), name.upper()


def test_the_example_asks_only_for_what_has_no_default() -> None:
    asked_for = {name for name, (commented, _) in example_lines().items() if not commented}
    assert asked_for == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}


def test_the_example_can_be_used_as_it_is(folder: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    (folder / ".env").write_text(re.sub(r"^# (?=[A-Z_]+=)", "", text, flags=re.MULTILINE), encoding="utf-8")
    settings = read_settings()
    assert replace(settings, slack_bot_token=None, slack_app_token=None) == Settings()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PAPERBOY_CHANEL", "PAPERBOY_CHANNEL"),
        ("paperboy_timzone", "PAPERBOY_TIMEZONE"),
        ("LLM_MODELS", "LLM_MODEL"),
        ("LLM_APIKEY", "LLM_API_KEY"),
        ("PAPERBOY_CHANNEL", None),
        ("PAPERBOY_RECORDED_DATA", None),
        ("PAPERBOY_SLACK_SCHEMAS", None),
        ("LLM_OBSERVER", None),
        ("HTTP_PORT", None),
    ],
)
def test_a_misspelt_name_is_told_with_the_one_that_was_meant_and_never_its_value(
    name: str, meant: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(f"{name}=C0123456789\n", encoding="utf-8")
    told = [f"{name.upper()} isn't a setting. Did you mean {meant}?"] if meant else []
    assert [each for each in misspelt_settings() if name.upper() in each] == told


# many workspaces ------------------------------------------------------------------------------------------------------

OF_AN_APP = {
    "SLACK_CLIENT_ID": "123456789012.3456789012345",
    "SLACK_CLIENT_SECRET": FITTING["SLACK_CLIENT_SECRET"],
    "PAPERBOY_SECRET_KEY": SECRET_KEY,
    "SLACK_SIGNING_SECRET": FITTING["SLACK_SIGNING_SECRET"],
    "PORT": "3000",
}
UNFIT = {
    "all there is to it": ({}, None),
    "over Socket Mode": ({"SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": FITTING["SLACK_APP_TOKEN"]}, None),
    "without its pages": (
        {"SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": FITTING["SLACK_APP_TOKEN"], "PORT": ""},
        "PORT",
    ),
    "without a key": ({"PAPERBOY_SECRET_KEY": ""}, "PAPERBOY_SECRET_KEY"),
    "without a secret": ({"SLACK_CLIENT_SECRET": ""}, "SLACK_CLIENT_SECRET"),
    "without an ID": ({"SLACK_CLIENT_ID": ""}, "SLACK_CLIENT_ID"),
    "with one workspace's token": ({"SLACK_BOT_TOKEN": FITTING["SLACK_BOT_TOKEN"]}, "SLACK_BOT_TOKEN"),
    "with one workspace's channel": ({"PAPERBOY_CHANNEL": "C0123456789"}, "PAPERBOY_CHANNEL"),
    "with one workspace's operator": ({"PAPERBOY_OPERATOR": "U0123456789"}, "PAPERBOY_OPERATOR"),
    "with a key that is none": ({"PAPERBOY_SECRET_KEY": "hush-hush"}, "PAPERBOY_SECRET_KEY"),
    "with a key alone": ({"SLACK_CLIENT_ID": "", "SLACK_CLIENT_SECRET": ""}, "SLACK_BOT_TOKEN"),
}


@pytest.mark.parametrize("which", UNFIT)
def test_what_an_app_that_workspaces_install_lacks_or_has_too_much_of_is_told(
    which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed, told = UNFIT[which]
    for name, value in {**OF_AN_APP, **changed}.items():
        monkeypatch.setenv(name, value)
    if told is None:
        assert read_settings(to_run=True).many_workspaces
        return
    with pytest.raises(SettingsUnusable) as unusable:
        read_settings(to_run=True)
    assert [each.values["name"] for each in unusable.value.complaints] == [told]


@pytest.mark.parametrize("between", [",", " ", ", "])
def test_a_key_may_be_followed_by_former_ones(between: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = "+/" + "A" * 41 + "="
    monkeypatch.setenv("PAPERBOY_SECRET_KEY", f"{SECRET_KEY}{between}{other}")
    settings = read_settings()
    assert settings.secret_keys == (SECRET_KEY, "-_" + "A" * 41 + "=")
    assert settings.secrets >= {*settings.secret_keys}
