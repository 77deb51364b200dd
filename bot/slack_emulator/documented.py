"""The documented arguments and error codes of the Web API methods the emulator has.

Taken from docs.slack.dev, reference/methods, in August 2026.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import RefusalError

# Errors of every method.
_ANYWHERE = """
access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted
fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot
method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed
org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked
two_factor_setup_required unknown_method
"""
# A method, its arguments (`!` after those it cannot do without), and its own errors.
_METHODS = """
api.test
  error
apps.connections.open
  errors: forbidden_team insecure_request internal_error invalid_auth missing_args
apps.manifest.export
  app_id!
  errors: app_not_eligible app_not_found app_not_owned_by_manager_app failed_export internal_error
  invalid_app_id
apps.uninstall
  client_id! client_secret!
  errors: bad_client_secret client_id_token_mismatch internal_error invalid_client_id
assistant.threads.setStatus
  channel_id! status! thread_ts! icon_emoji icon_url loading_messages username
  errors: channel_not_found invalid_thread_ts reserved_username
assistant.threads.setSuggestedPrompts
  channel_id! prompts! thread_ts title
  errors: channel_not_found invalid_thread_ts message_not_found not_agent_app
auth.revoke
  test
  errors: internal_error not_bearer_token
auth.test
  errors: internal_error invalid_auth
blocks.validate
  blocks message view
  errors: invalid_arguments invalid_blocks invalid_message invalid_view
bots.info
  bot team_id
  errors: bot_not_found bots_not_found missing_argument team_not_found
chat.delete
  channel! ts! as_user
  errors: cant_delete_message channel_not_found message_not_found
chat.getPermalink
  channel! message_ts!
  errors: channel_not_found message_not_found
chat.postEphemeral
  channel! user! as_user attachments blocks icon_emoji icon_url link_names markdown_text metadata parse text
  thread_ts username
  errors: cannot_reply_to_message channel_not_found invalid_attachments invalid_blocks invalid_blocks_format
  is_archived markdown_text_conflict message_limit_exceeded messages_tab_disabled msg_too_long no_text
  not_in_channel restricted_action too_many_attachments user_not_in_channel
chat.postMessage
  channel! as_user attachments blocks current_draft_last_updated_ts icon_emoji icon_url link_names markdown_text
  metadata mrkdwn parse reply_broadcast text thread_ts unfurl_links unfurl_media username
  errors: app_access_restricted as_user_not_supported attachment_payload_limit_exceeded cannot_reply_to_message
  channel_not_found draft_already_deleted draft_already_sent draft_has_conflict draft_not_found
  duplicate_channel_not_found duplicate_message_not_found invalid_blocks invalid_blocks_format
  invalid_metadata_format invalid_metadata_schema is_archived markdown_text_conflict message_limit_exceeded
  messages_tab_disabled metadata_must_be_sent_from_app metadata_too_large missing_file_data msg_blocks_too_long
  no_text not_in_channel rate_limited restricted_action restricted_action_non_threadable_channel
  restricted_action_read_only_channel restricted_action_thread_locked restricted_action_thread_only_channel
  send_on_behalf_not_allowed slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked
  slack_connect_lists_sharing_blocked team_not_found too_many_attachments too_many_contact_cards
chat.unfurl
  channel source ts unfurl_id unfurls user_auth_blocks user_auth_message user_auth_required user_auth_url
  errors: cannot_auth_user cannot_find_channel cannot_find_message cannot_find_service cannot_parse_attachment
  cannot_prompt cannot_unfurl_message cannot_unfurl_url invalid_metadata_format invalid_source invalid_unfurl_id
  invalid_unfurls_format missing_channel missing_source missing_ts missing_unfurl_id missing_unfurls
chat.update
  channel! ts! as_user attachments blocks file_ids link_names markdown_text metadata parse reply_broadcast text
  unfurled_attachments
  errors: as_user_not_supported block_mismatch blocked_file_type cant_broadcast_message cant_update_message
  channel_not_found edit_window_closed external_channel_migrating file_deleted file_is_deleted file_not_found
  file_share_limit_reached invalid_attachments invalid_blocks invalid_blocks_format invalid_metadata_format
  invalid_metadata_schema is_inactive markdown_text_conflict max_file_sharing_exceeded message_limit_exceeded
  message_not_found metadata_must_be_sent_from_app metadata_too_large msg_too_long
  no_dual_broadcast_content_update no_text posting_to_channel_denied slack_connect_blocked_file_type
  slack_connect_canvas_sharing_blocked slack_connect_clip_sharing_blocked
  slack_connect_file_link_sharing_blocked slack_connect_file_upload_sharing_blocked streaming_state_conflict
  team_not_found too_many_attachments unable_to_share_files update_failed
conversations.history
  channel! cursor include_all_metadata inclusive latest limit oldest
  errors: channel_is_limited_access channel_not_found invalid_cursor invalid_metadata_filter_keys
  invalid_ts_latest invalid_ts_oldest not_in_channel
conversations.info
  channel! include_locale include_num_members
  errors: channel_is_limited_access channel_not_found
conversations.list
  cursor exclude_archived limit team_id types
  errors: invalid_cursor invalid_limit invalid_types method_not_supported_for_channel_type missing_argument
conversations.members
  channel! cursor limit
  errors: channel_not_found fetch_members_failed invalid_cursor invalid_limit
  method_not_supported_for_channel_type
conversations.open
  channel prevent_creation return_im users
  errors: channel_not_found invalid_user_combination method_not_supported_for_channel_type not_enough_users
  too_many_users user_disabled user_not_found user_not_visible users_list_not_supplied
conversations.replies
  channel! ts! cursor include_all_metadata inclusive latest limit oldest
  errors: channel_not_found invalid_cursor invalid_metadata_filter_keys invalid_ts_latest invalid_ts_oldest
  list_record_comment_fetch_failed method_not_supported_for_channel_type thread_not_found
emoji.list
  include_categories
  errors: invalid_arguments unable_to_fetch_custom_emojis
files.completeUploadExternal
  files! blocks channel_id channels icon_emoji icon_url initial_comment thread_ts username
  errors: channel_not_found channels_limit_exceeded file_not_found file_type_not_allowed file_update_failed
  file_uploads_except_images_disabled invalid_blocks invalid_channel not_in_channel posting_to_channel_denied
files.getUploadURLExternal
  filename! length! alt_txt snippet_type
  errors: alt_txt_too_large file_type_not_allowed file_upload_size_restricted file_uploads_disabled
  file_uploads_except_images_disabled missing_argument snippet_too_large storage_limit_reached
  unknown_snippet_type unknown_subtype
oauth.v2.access
  assertion client_id client_secret code code_verifier grant_type redirect_uri refresh_token
  errors: bad_client_secret bad_redirect_uri cannot_install_an_org_installed_app invalid_client_id
  invalid_code invalid_code_verifier invalid_grant_type invalid_refresh_token no_scopes
  oauth_authorization_url_mismatch pkce_not_allowed preview_feature_not_available user_email_unverified
oauth.v2.exchange
  client_id! client_secret!
  errors: authorization_not_found bad_client_secret internal_error invalid_client_id invalid_token
  token_already_exchanged token_rotation_not_enabled
reactions.add
  channel! name! timestamp!
  errors: already_reacted bad_timestamp channel_not_found external_channel_migrating invalid_name is_archived
  message_not_found no_access no_item_specified not_reactable thread_locked too_many_emoji too_many_reactions
reactions.get
  channel file file_comment full timestamp
  errors: bad_timestamp channel_not_found file_comment_not_found file_not_found message_not_found
  no_item_specified
reactions.remove
  name! channel file file_comment timestamp
  errors: bad_timestamp file_comment_not_found file_not_found invalid_name message_not_found no_item_specified
  no_reaction thread_locked
team.info
  domain team
  errors: enterprise_not_found fail_to_get_teams_for_restricted_user missing_user org_not_found team_not_found
  team_not_on_enterprise user_not_found
users.conversations
  cursor exclude_archived exclude_muted limit team_id types user
  errors: invalid_cursor invalid_limit invalid_types method_not_supported_for_channel_type missing_argument
users.info
  user! include_locale
  errors: too_many_users user_not_found user_not_visible
users.list
  cursor include_locale limit team_id
  errors: invalid_cursor limit_required missing_argument
views.open
  view! interactivity_pointer trigger_id
  errors: duplicate_external_id exchanged_trigger_id expired_trigger_id invalid_trigger_id view_too_large
views.publish
  user_id! view! hash interactivity_pointer
  errors: duplicate_external_id hash_conflict missing_profile_id not_enabled not_implemented view_too_large
views.push
  view! interactivity_pointer trigger_id
  errors: duplicate_external_id exchanged_trigger_id expired_trigger_id invalid_trigger_id not_found
  push_limit_reached view_too_large
views.update
  view! external_id hash view_id
  errors: duplicate_external_id hash_conflict not_found view_too_large
"""
_ARGUMENT_NAME = re.compile(r"\w{1,100}", re.ASCII)
# Every method takes a token, and the workspace that is meant, which Bolt's client adds to every request.
_TAKEN_EVERYWHERE = frozenset({"token", "team_id"})
# An empty one says that there is none any more.
_MAY_BE_EMPTY = frozenset({("assistant.threads.setStatus", "status")})
# It gives back whatever it gets.
_TAKES_ANYTHING = frozenset({"api.test"})


@dataclass(frozen=True, slots=True)
class Documented:
    """The names of a method's arguments and of its errors."""

    required: frozenset[str]
    optional: frozenset[str]
    errors: frozenset[str]


def _parse(table: str) -> dict[str, Documented]:
    # A line that is not indented begins a method.
    entries = re.split(r"\n(?! )", table.strip())
    words = [entry.split() for entry in entries]
    return {name: _documented(rest) for name, *rest in words}


def _documented(words: list[str]) -> Documented:
    at = words.index("errors:") if "errors:" in words else len(words)
    arguments, errors = words[:at], words[at + 1 :]
    return Documented(
        required=frozenset(each.rstrip("!") for each in arguments if each.endswith("!")),
        optional=frozenset(each for each in arguments if not each.endswith("!")),
        errors=frozenset({*errors, *_ANYWHERE.split()}),
    )


DOCUMENTED: Mapping[str, Documented] = _parse(_METHODS)


def check_arguments(method: str, fields: Mapping[str, Any]) -> frozenset[str]:
    """Refuse a request that lacks an argument or names one as none may be named; which others Slack passes over.

    Raises RefusalError: the code documented for a missing argument of this method, invalid_arguments where none is;
    invalid_arg_name.
    """
    known = DOCUMENTED.get(method)
    if known is None or method in _TAKES_ANYTHING:
        return frozenset()
    if any(_ARGUMENT_NAME.fullmatch(name) is None for name in fields):
        raise RefusalError("invalid_arg_name")
    for name in sorted(known.required):
        value = fields.get(name)
        if value is None or (value == "" and (method, name) not in _MAY_BE_EMPTY):
            code = next((each for each in ("missing_args", "missing_argument") if each in known.errors), None)
            problem = f"[ERROR] missing required field: {name}"
            raise RefusalError(code or "invalid_arguments", messages=[problem])
    return frozenset(fields.keys() - known.required - known.optional - _TAKEN_EVERYWHERE)
