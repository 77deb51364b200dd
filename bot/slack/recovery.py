"""The recovery from each Slack error code: what to do after a response that is not "ok".

Unknown is not final: only a code about this message, its channel, or its reader ends anything. A code not listed here
waits, as do codes about the network, a quota, the way a request arrived, or the workspace.

The codes are those of docs.slack.dev, reference/methods, for every method called here, and some that Slack sends
without documenting them there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Recovery(StrEnum):
    """The remedy after an error."""

    WAIT = "wait"  # Slack did not take it and may later
    LOOK = "look"  # Slack may have taken it all the same
    WITHOUT_IMAGE = "without_image"  # Slack could not fetch a picture
    ONLY_WORDS = "only_words"  # Slack takes neither these blocks nor this length
    PAUSE_CHANNEL = "pause_channel"  # nothing reaches this channel until a person acts
    INSTALL_AGAIN = "install_again"  # the token may do everything but this, until the app is installed again
    STOP = "stop"  # nothing reaches this workspace until a person acts on the app's token
    NO_THREAD = "no_thread"  # the message it answers is gone, or takes no answers
    NO_DIRECT_MESSAGES = "no_direct_messages"  # no direct message reaches this person
    DROP = "drop"  # this message or request never will be taken

    @property
    def is_final(self) -> bool:
        """Whether the same request would be refused again, however long one waits."""
        return self not in {Recovery.WAIT, Recovery.LOOK}


_CODES: Mapping[Recovery, Sequence[str]] = {
    Recovery.WAIT: (
        *(
            "unable_to_fetch_custom_emojis",
            "ratelimited",
            "rate_limited",
            "message_limit_exceeded",
            "service_unavailable",
            "team_quota_exceeded",
        ),
        # The workspace is being moved, is locked by its administrators, or lets nobody in from this network.
        *("accesslimited", "access_denied", "ekm_access_denied", "org_login_required", "team_added_to_org"),
        *("enterprise_is_restricted", "two_factor_setup_required", "external_channel_migrating"),
        *("channel_is_limited_access", "team_not_found", "insecure_request"),
        # The method is withdrawn, or the request did not arrive as it was sent: neither speaks of the message.
        *("deprecated_endpoint", "method_deprecated", "unknown_method", "request_timeout"),
        *("invalid_arg_name", "invalid_array_arg", "invalid_charset", "invalid_form_data", "invalid_post_type"),
        *("missing_post_type", "missing_args", "missing_argument", "invalid_arguments", "as_user_not_supported"),
        *("invalid_cursor", "invalid_limit", "invalid_types", "invalid_ts_latest", "invalid_ts_oldest"),
        *("invalid_metadata_filter_keys", "too_many_users"),
        # A part of Slack failed, and nothing was done.
        *("fetch_members_failed", "list_record_comment_fetch_failed", "failed_export"),
    ),
    # "Some aspect of the operation may have succeeded before the error was raised."
    Recovery.LOOK: (
        "fatal_error",
        "internal_error",
        "server_error",
        "unknown_error",
        "update_failed",
        "file_update_failed",
    ),
    Recovery.ONLY_WORDS: (
        *("invalid_blocks", "invalid_blocks_format", "markdown_text_conflict", "msg_blocks_too_long", "msg_too_long"),
        *("invalid_attachments", "too_many_attachments", "attachment_payload_limit_exceeded"),
        *("too_many_contact_cards", "block_mismatch"),
    ),
    Recovery.PAUSE_CHANNEL: (
        *("channel_not_found", "is_archived", "is_inactive", "not_in_channel", "posting_to_channel_denied"),
        *("app_access_restricted", "restricted_action", "restricted_action_non_threadable_channel"),
        *("restricted_action_read_only_channel", "restricted_action_thread_only_channel"),
        "method_not_supported_for_channel_type",
    ),
    Recovery.STOP: (
        *("account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"),
        *("is_bot", "no_permission", "not_allowed_token_type", "team_access_not_granted"),
        *("forbidden_team", "metadata_must_be_sent_from_app", "send_on_behalf_not_allowed"),
        # The app's own id or secret.
        *("bad_client_secret", "invalid_client_id"),
    ),
    Recovery.INSTALL_AGAIN: ("missing_scope",),
    Recovery.NO_THREAD: (
        *("cannot_reply_to_message", "invalid_thread_ts", "restricted_action_thread_locked", "thread_not_found"),
    ),
    Recovery.NO_DIRECT_MESSAGES: (
        *("cannot_dm_bot", "messages_tab_disabled", "user_disabled", "user_not_found", "user_not_visible"),
    ),
    Recovery.DROP: (
        "no_text",
        *("invalid_metadata_format", "invalid_metadata_schema", "metadata_too_large"),
        *("cant_broadcast_message", "cant_delete_message", "cant_update_message", "edit_window_closed"),
        *("compliance_exports_prevent_deletion", "no_dual_broadcast_content_update", "streaming_state_conflict"),
        # What was to be read, changed or deleted is not there, or is no message.
        *("bad_timestamp", "message_not_found", "no_item_specified", "not_reactable"),
        *("file_comment_not_found", "file_deleted", "file_is_deleted", "file_not_found"),
        *("draft_already_deleted", "draft_already_sent", "draft_has_conflict", "draft_not_found"),
        *("duplicate_channel_not_found", "duplicate_message_not_found", "missing_file_data"),
        *("blocked_file_type", "file_share_limit_reached", "max_file_sharing_exceeded", "unable_to_share_files"),
        *("slack_connect_blocked_file_type", "slack_connect_clip_sharing_blocked"),
        *("slack_connect_canvas_sharing_blocked", "slack_connect_file_link_sharing_blocked"),
        *("slack_connect_file_upload_sharing_blocked", "slack_connect_lists_sharing_blocked"),
        # A file: Slack takes none here, none like this one, or none of this upload.
        *("alt_txt_too_large", "file_type_not_allowed", "file_upload_size_restricted", "file_uploads_disabled"),
        *("file_uploads_except_images_disabled", "snippet_too_large", "storage_limit_reached"),
        *("unknown_snippet_type", "unknown_subtype", "channels_limit_exceeded", "invalid_channel"),
        # A private answer: the reader is not there to see it.
        "user_not_in_channel",
        # A form: Slack takes no other for this click, or the form is gone.
        *("duplicate_external_id", "exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id"),
        *("hash_conflict", "not_found", "view_too_large", "invalid_message", "invalid_view", "push_limit_reached"),
        # A Home tab: the app has none.
        *("missing_profile_id", "not_enabled", "not_implemented"),
        # A preview: the message is gone, says something else by now, or takes none.
        *("cannot_find_channel", "cannot_find_message", "cannot_find_service", "cannot_parse_attachment"),
        *("cannot_unfurl_message", "cannot_unfurl_url", "cannot_auth_user", "cannot_prompt"),
        *("invalid_source", "invalid_unfurl_id", "invalid_unfurls_format"),
        *("missing_channel", "missing_source", "missing_ts", "missing_unfurl_id", "missing_unfurls"),
        # What is known of the app.
        *("app_not_eligible", "app_not_found", "app_not_owned_by_manager_app", "invalid_app_id"),
        *("not_agent_app", "reserved_username"),
        *("bot_not_found", "bots_not_found"),
        # What is known of a conversation or a workspace.
        *("invalid_user_combination", "not_enough_users", "users_list_not_supplied"),
        *("enterprise_not_found", "fail_to_get_teams_for_restricted_user", "missing_user", "org_not_found"),
        "team_not_on_enterprise",
        # An installation: this code or refresh token, or whoever installs, will not do.
        *("bad_redirect_uri", "invalid_code", "invalid_code_verifier", "invalid_grant_type", "invalid_refresh_token"),
        *("no_scopes", "oauth_authorization_url_mismatch", "pkce_not_allowed", "preview_feature_not_available"),
        *("cannot_install_an_org_installed_app", "user_email_unverified"),
    ),
}
_RECOVERY_OF = {error: recovery for recovery, errors in _CODES.items() for error in errors}
_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = 500


def is_decided(error: str) -> bool:
    """Whether this code is listed here; every other code waits."""
    return error in _RECOVERY_OF


def may_stay(error: str) -> bool:
    """Whether this code may stay for hours: nobody listed it, or it stays until somebody installs the app again."""
    return not is_decided(error) or recovery_for(error) is Recovery.INSTALL_AGAIN


def recovery_for(error: str, *, status: int = 200, details: Sequence[str] = ()) -> Recovery:
    """The remedy for an `error` code that came with an HTTP `status`; `details` are Slack's own words on it."""
    if status == _TOO_MANY_REQUESTS:
        return Recovery.WAIT
    if error == "invalid_blocks" and any("image" in detail for detail in details):
        return Recovery.WITHOUT_IMAGE
    known = _RECOVERY_OF.get(error)
    if status >= _SERVER_ERRORS and known is not Recovery.WAIT:
        return Recovery.LOOK
    return known or Recovery.WAIT
