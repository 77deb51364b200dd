"""What the environment may say, and how Paperboy says that something in it is wrong."""

from __future__ import annotations

import os
import re
from datetime import time
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from bot.channels import ChannelSettings
from bot.errors import SettingMissing, SettingsWrong
from bot.settings import LogFormat, LogLevel, Settings, read_settings

NAMES = {name.upper() for name in Settings.model_fields}
EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder, and an environment that says nothing of Paperboy."""
    for name in list(os.environ):
        if name.upper() in NAMES:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def wrong() -> tuple[str, str]:
    """The variable that is complained about, and what is said of it."""
    with pytest.raises(SettingsWrong) as complaint:
        read_settings()
    return str(complaint.value.values["name"]), str(complaint.value.values["reason"])


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
    said = {
        "PAPERBOY_CHANNEL": "C0123456789",
        "PAPERBOY_TIME": "18:05",
        "PAPERBOY_TIMEZONE": "Europe/Berlin",
        "PAPERBOY_LANGUAGE": "ko",
        "PAPERBOY_TOP": "3",
        "LOG_LEVEL": "debug",
        "LOG_FORMAT": "JSON",
        "HF_URL": "http://127.0.0.1:8080",
    }
    for name, value in said.items():
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
    assert read_settings() == Settings(_env_file=None)


def test_variables_of_other_programs_are_let_be(folder: Path) -> None:
    (folder / ".env").write_text("EDITOR=vi\nPAPERBOY_TOP=7\n", encoding="utf-8")
    assert read_settings().paperboy_top == 7


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("bookmark", ("bookmark",)),
        (":bookmark:", ("bookmark",)),
        ("star,bookmark,star", ("star", "bookmark")),
        (" :star: ,, :raised_hands::skin-tone-3: ", ("star", "raised_hands")),
        ("+1 star", ("+1", "star")),
    ],
)
def test_emoji_are_named_as_people_name_them(
    said: str, understood: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERBOY_EMOJI", said)
    assert read_settings().paperboy_emoji == understood


@pytest.mark.parametrize(("said", "understood"), [("ko", "ko"), ("ko-KR", "ko"), ("EN_us", "en"), (" ko ", "ko")])
def test_a_language_may_name_its_country(said: str, understood: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERBOY_LANGUAGE", said)
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
    assert read_settings().database_path.absolute() == folder / path


# what cannot ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PAPERBOY_TIME", "9 o'clock", "HH:MM, for example 09:10"),
        ("PAPERBOY_TIME", "24:00", "HH:MM, for example 09:10"),
        ("PAPERBOY_TIME", "09:10:30", "HH:MM, for example 09:10"),
        ("PAPERBOY_TIMEZONE", "Seoul", "IANA zone, for example Asia/Seoul"),
        ("PAPERBOY_TIMEZONE", "Asia", "IANA zone, for example Asia/Seoul"),
        ("PAPERBOY_TIMEZONE", "../../etc/passwd", "IANA zone, for example Asia/Seoul"),
        ("PAPERBOY_TIMEZONE", "KST+9", "IANA zone, for example Asia/Seoul"),
        ("PAPERBOY_LANGUAGE", "korean", "language code, for example en or ko"),
        ("PAPERBOY_LANGUAGE", "한국어", "language code, for example en or ko"),
        ("PAPERBOY_TOP", "ten", "valid integer"),
        ("PAPERBOY_TOP", "2.5", "valid integer"),
        ("PAPERBOY_TOP", "0", "greater than or equal to 1"),
        ("PAPERBOY_TOP", "51", "less than or equal to 50"),
        ("PAPERBOY_EMOJI", " :: , ", "emoji names, for example bookmark,star"),
        ("SLACK_API_URL", "slack.com/api", "begins with https://"),
        ("HF_URL", "huggingface.co", "begins with https://"),
        ("ARXIV_API_URL", "ftp://export.arxiv.org", "begins with https://"),
        ("DATABASE_URL", "paperboy.db", "sqlite:/// and the path of a file"),
        ("DATABASE_URL", "sqlite:///", "sqlite:/// and the path of a file"),
        ("DATABASE_URL", "postgresql://localhost/paperboy", "sqlite:/// and the path of a file"),
        ("LOG_LEVEL", "loud", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("LOG_FORMAT", "xml", "'console' or 'json'"),
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


def test_a_wrong_value_of_the_file_is_named_too(folder: Path) -> None:
    (folder / ".env").write_text("PAPERBOY_TOP=many\n", encoding="utf-8")
    named, reason = wrong()
    assert named == "PAPERBOY_TOP"
    assert "integer" in reason


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


def secret_names() -> list[str]:
    return [name.upper() for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)]


def test_tokens_are_secrets() -> None:
    assert {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"} <= set(secret_names())
    assert {name for name in NAMES if re.search("TOKEN$|SECRET|API_KEY", name)} == set(secret_names())


@pytest.mark.parametrize("name", secret_names())
def test_a_secret_never_shows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "hush-hush")
    settings = read_settings()
    shown = [str(settings), repr(settings), f"{settings}", str(settings.model_dump()), settings.model_dump_json()]
    assert not any("hush" in text for text in shown)
    assert settings.require(name) == "hush-hush"


def test_a_complaint_shows_no_secret_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "hush-hush")
    monkeypatch.setenv("PAPERBOY_TOP", "many")
    with pytest.raises(SettingsWrong) as complaint:
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
    as_written = {time(9, 10): "09:10", ("bookmark",): "bookmark", None: ""}
    for name, field in Settings.model_fields.items():
        assert field.default is not PydanticUndefined
        commented, value = example_lines()[name.upper()]
        if commented:
            assert value == as_written.get(field.default, str(field.default)), name.upper()


def test_the_example_asks_only_for_what_has_no_default() -> None:
    asked_for = {name for name, (commented, _) in example_lines().items() if not commented}
    assert asked_for == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}


def test_the_example_can_be_used_as_it_is(folder: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    (folder / ".env").write_text(re.sub(r"^# (?=[A-Z_]+=)", "", text, flags=re.MULTILINE), encoding="utf-8")
    settings = read_settings()
    assert settings.model_dump(exclude={"slack_bot_token", "slack_app_token"}) == Settings(_env_file=None).model_dump(
        exclude={"slack_bot_token", "slack_app_token"}
    )
