"""The errors a person should read about.

An error carries a message key and values; its sentence is chosen from a catalogue where it is shown, so that the same
failure reads well in a terminal and in Slack, in English and in Korean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class PaperboyError(Exception):
    """The root of every error Paperboy raises on purpose."""

    key: ClassVar[str] = "error.unexpected"

    def __init__(self, **values: object) -> None:
        super().__init__(self.key, values)
        self.values = values

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.key} ({details})" if details else self.key


class NotAPaperId(PaperboyError):
    """No arXiv id or address could be found in `text`."""

    key = "error.not_a_paper_id"


class PaperUnknown(PaperboyError):
    """No source knows a paper by this `id`."""

    key = "error.paper_unknown"


class PaperNotBundled(PaperUnknown):
    """The playground, which has only what is bundled, has no paper with this `id`, but one like `known`."""

    key = "error.paper_not_bundled"


class SearchNotBundled(PaperboyError):
    """The playground, which has only what is bundled, can't ask arXiv to search."""

    key = "error.search_not_bundled"


class SourceUnreachable(PaperboyError):
    """`source` did not answer usefully; `reason` says how, for logs and operators."""

    key = "error.source_unreachable"


class NotADate(PaperboyError):
    """`text` is no calendar date."""

    key = "error.not_a_date"


class DatesReversed(PaperboyError):
    """The first day asked for, `since`, comes after the last one, `until`."""

    key = "error.dates_reversed"


class FetchNotBegun(PaperboyError):
    """The source did not answer for `day`, and no day from `since` to `until` is done; `reason` is for operators."""

    key = "error.fetch_not_begun"


class FetchCutOff(PaperboyError):
    """The source did not answer for `day`; from `since` to `until` those up to `done` are done, `left` is the next one.

    `reason` is for operators.
    """

    key = "error.fetch_cut_off"


class FileUnreadable(PaperboyError):
    """The file at `path` cannot be read; `reason` is the system's."""

    key = "error.file_unreadable"


class FileUnwritable(PaperboyError):
    """Nothing can be written to the file at `path`; `reason` is SQLite's or the system's."""

    key = "error.file_unwritable"


class FileInTheWay(PaperboyError):
    """Something stands at `path` already, where a new file was to be written."""

    key = "error.file_in_the_way"


class FileNotText(PaperboyError):
    """The file at `path` is no UTF-8 text; `line` holds the first byte that is none."""

    key = "error.file_not_text"


class NoDigest(PaperboyError):
    """The file at `path` holds no digest: `reason` says what is wrong in `line`."""

    key = "error.no_digest"


class SettingsUnusable(PaperboyError):
    """Settings are wrong or missing: `names` lists them, and `complaints` says of each what it is."""

    key = "error.settings_unusable"

    def __init__(self, complaints: Sequence[PaperboyError] = ()) -> None:
        super().__init__(names=", ".join(str(each.values.get("name", "SLACK_APP_TOKEN")) for each in complaints))
        self.complaints = tuple(complaints)


class SettingsWrong(PaperboyError):
    """The environment's `name` holds something that cannot be used; `reason` says what would be right."""

    key = "error.settings_wrong"


class SettingMissing(PaperboyError):
    """The environment's `name` is needed for what was asked and is not set."""

    key = "error.setting_missing"


class TokensSealed(PaperboyError):
    """No key of PAPERBOY_SECRET_KEY opens what is stored of the token of `team`."""

    key = "error.tokens_sealed"


class WorkspaceUnknown(PaperboyError):
    """The app is not installed in a workspace `team`."""

    key = "error.workspace_unknown"


class WorkspaceClosed(PaperboyError):
    """The app is installed in a workspace whose token cannot be read now."""

    key = "error.workspace_closed"


class EncryptionNotInstalled(PaperboyError):
    """Tokens are to be encrypted, and the library that does it is not installed."""

    key = "error.encryption_not_installed"


class TransportMissing(PaperboyError):
    """Neither of the two ways in which Slack can reach us is set up."""

    key = "error.transport_missing"


class PortInUse(PaperboyError):
    """Another program serves at `port`."""

    key = "error.port_in_use"


class PortUnusable(PaperboyError):
    """Nothing can be served at `host` and `port`; `reason` is the system's."""

    key = "error.port_unusable"


class StoreError(PaperboyError):
    """The root of what can go wrong with the database at `path`."""

    key = "error.store_failed"


class StoreTooNew(StoreError):
    """The database at `path` holds a migration, named `migration`, that this program does not know."""

    key = "error.store_too_new"


class StoreCorrupt(StoreError):
    """The file at `path` is damaged or no SQLite database at all."""

    key = "error.store_corrupt"


class StoreUnusable(StoreError):
    """The database at `path` cannot be opened or written; `reason` is SQLite's or the system's."""

    key = "error.store_unusable"


class ServerUnusable(StoreUnusable):
    """The database at `path`, on a server, cannot be reached or used; `reason` is the server's or the system's."""

    key = "error.server_unusable"


class PostgresNotInstalled(StoreError):
    """The database at `path` is PostgreSQL's, whose extra is not installed; `reason` is Python's, for logs."""

    key = "error.postgres_not_installed"


class DatabaseOnServer(PaperboyError):
    """A command for files of SQLite's was given where the database at `path` is on a server."""

    key = "error.database_on_server"


class StoreInUse(StoreError):
    """Another Paperboy is already running on the database at `path`."""

    key = "error.store_in_use"


class StoreUnfinished(StoreError):
    """Rows are still to be moved into the database at `path`."""

    key = "error.store_unfinished"


class StoreNotEmpty(StoreError):
    """Rows were to be moved into the database at `path`, which has some already."""

    key = "error.store_not_empty"


class SameStore(StoreError):
    """Rows were to be moved from the database at `path` into itself."""

    key = "error.same_store"


class MoveFromElsewhere(StoreError):
    """The database at `path` is filled from another one, `source`."""

    key = "error.move_from_elsewhere"


class MoveDiffers(StoreError):
    """The database at `path` does not have in `table` what `source` has there."""

    key = "error.move_differs"


class RowNotMovable(StoreError):
    """The database at `path` does not take a row of `table`; `reason` is the engine's."""

    key = "error.row_not_movable"


class SlackRefused(PaperboyError):
    """Slack answered `method` with `error`, and trying again will not help."""

    key = "error.slack_refused"


class ChannelClosed(PaperboyError):
    """Slack lets us post nothing to `channel`, for `error`; `is_news` when it was not known to be paused."""

    key = "error.channel_closed"

    def __init__(self, *, is_news: bool = False, **values: object) -> None:
        super().__init__(**values)
        self.is_news = is_news


class PostingDelayed(PaperboyError):
    """Slack has not taken all of what was to be posted; it is posted later."""

    key = "error.posting_delayed"


class PlanContested(PaperboyError):
    """Others kept planning the same days for `channel`."""

    key = "error.plan_contested"


class ClaimLost(PaperboyError):
    """Another Paperboy has taken over what this one claimed for `channel`."""

    key = "error.claim_lost"


class NotInvited(PaperboyError):
    """Paperboy is not in the channel that is to get papers."""

    key = "error.not_invited"


class ChangeUnknown(PaperboyError):
    """No change of this number is on record for the channel."""

    key = "error.change_unknown"


class EmojiUnknown(PaperboyError):
    """This workspace has no emoji of these `names`."""

    key = "error.emoji_unknown"


class NotAChannelId(PaperboyError):
    """`text` is no id of a channel, but perhaps its name."""

    key = "error.not_a_channel_id"


class NotALanguage(PaperboyError):
    """`text` names no language."""

    key = "error.not_a_language"


class LanguageNotWritten(PaperboyError):
    """Without a language model nothing is written in the language somebody calls `language`."""

    key = "error.language_not_written"


class FormNotOpened(PaperboyError):
    """Slack did not open a form, most likely because more than three seconds had passed since the click."""

    key = "error.form_not_opened"


class AnswerRefused(PaperboyError):
    """Slack takes an answer to somebody in none of the ways there are; `reason` says how, for logs."""

    key = "error.answer_refused"


class AnswerUnwanted(AnswerRefused):
    """Nobody waits for an answer any more: what it was to answer was edited or deleted."""

    key = "error.answer_unwanted"


class ImportUnderWay(PaperboyError):
    """Somebody asks for an import while another one of theirs goes on."""

    key = "error.import_under_way"


class SentFileUnreadable(PaperboyError):
    """Slack does not hand over the file `name` that somebody sent; `reason` says how, for logs."""

    key = "error.sent_file_unreadable"


class SentFileTooLarge(PaperboyError):
    """The file `name` that somebody sent has more than `most` bytes."""

    key = "error.sent_file_too_large"


class SlackUnreachable(PaperboyError):
    """Slack did not answer `method`; `reason` says how."""

    key = "error.slack_unreachable"


class OtherWorkspace(PaperboyError):
    """A request from an installation in another workspace than ours."""

    key = "error.other_workspace"


class NotUnderstood(PaperboyError):
    """Something was selected that Paperboy does not know, perhaps on a message of another release."""

    key = "error.not_understood"


class TooSlow(PaperboyError):
    """A request that took longer than Slack waits for an answer."""

    key = "error.too_slow"


class RequestTooOld(PaperboyError):
    """A request that was not done in time, as Paperboy was not running, and is not done any more."""

    key = "error.request_too_old"


class RequestGivenUp(PaperboyError):
    """A request that was begun several times and never ended; it may have been done in part or as a whole."""

    key = "error.request_given_up"


class ShareInDoubt(PaperboyError):
    """Paperboy ended while it showed the paper with this `id` to a channel where it cannot look whether it did."""

    key = "error.share_in_doubt"


class TooBusy(PaperboyError):
    """More was asked than can be worked on at once."""

    key = "error.too_busy"


class TooManyMessages(PaperboyError):
    """Somebody wrote more messages in a minute than are answered."""

    key = "error.too_many_messages"


# What whoever asked can put right alone: their sentence says all there is to know, and the log tells no more.
MISTAKES = (
    NotAPaperId,
    PaperUnknown,
    NotADate,
    DatesReversed,
    NotALanguage,
    LanguageNotWritten,
    EmojiUnknown,
    NotAChannelId,
    TooManyMessages,
    SentFileTooLarge,
    ImportUnderWay,
)
