"""Only an address of Slack's is asked for a file, whatever an answer says."""

from __future__ import annotations

import pytest

from bot.rules.slack_hosts import is_slacks

SLACK = "https://slack.com/api/"
LOOPBACK = "http://127.0.0.1:8100/api/"


@pytest.mark.parametrize(
    ("url", "api_url"),
    [
        ("https://files.slack.com/upload/v1/CwABAAAA", SLACK),
        ("https://slack.com/files-pri/T1-F1/x", SLACK),
        ("https://files.slack.com:443/x", SLACK),
        ("https://files.slack-gov.com/upload/v1/x", "https://slack-gov.com/api/"),
        ("https://files.slack.com/x", LOOPBACK),
        ("http://127.0.0.1:8100/upload/v1/x", LOOPBACK),
        ("https://proxy.example:8443/upload", "https://proxy.example:8443/api/"),
    ],
)
def test_slacks_hosts_and_that_of_the_web_api_in_use_are_asked(url: str, api_url: str) -> None:
    assert is_slacks(url, api_url=api_url)


@pytest.mark.parametrize("api_url", [SLACK, LOOPBACK])
@pytest.mark.parametrize(
    "url",
    [
        "http://files.slack.com/upload",
        "https://files.slack.com:8443/upload",
        "https://files.slack.com.evil.example/upload",
        "https://evilslack.com/upload",
        "https://files.slack.com@evil.example/upload",
        "https://evil.example\\@files.slack.com/upload",
        "https://evil.example/?x=.slack.com",
        "https://evil.example#.slack.com",
        "https://ﬁles.slack.com/upload",
        "https://files。slack。com/upload",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:8101/upload",
        "http://127.0.0.1/upload",
        "http://localhost:8100/upload",
        "https://127.0.0.1:8100/upload",
        "http://[::1]:8100/upload",
        "file:///etc/passwd",
        "//files.slack.com/upload",
        "https:files.slack.com",
        "https://files.slack.com:99999999/x",
        "https://[files.slack.com/x",
        "https://files.slack.com/\r\nHost: evil.example",
        "https://files.slack.com/a b",
        "https://evil.example%00.slack.com/upload",
        "https://evil.example;.slack.com/upload",
        "https://evil.example,.slack.com/upload",
        "https://evil.example'.slack.com/upload",
        "https://.slack.com/upload",
        "https://slack.com." + "x" * 5000,
        "",
    ],
)
def test_every_other_address_is_not(url: str, api_url: str) -> None:
    assert not is_slacks(url, api_url=api_url)
