"""Web API methods of agents: what an app shows while it works, and what it suggests to ask (docs.slack.dev, ai)."""

from typing import Any

from .chat_methods import readable
from .errors import RefusalError
from .values import Json
from .web_api import ApiContext, Arguments, Methods

MOST_PROMPTS = 4

method = Methods()


@method("assistant.threads.setStatus", "assistant:write", "chat:write")
def set_status(context: ApiContext, arguments: Arguments) -> Json:
    """Say below a thread what the app is doing; an empty text, or the app's next message there, ends that."""
    channel = readable(context, arguments.required("channel_id")).id
    thread_ts = context.workspace.message(channel, arguments.required("thread_ts"))
    if thread_ts is None:
        raise RefusalError("invalid_thread_ts")
    context.workspace.set_status(channel, thread_ts.ts, str(arguments.fields.get("status")))
    return {}


@method("assistant.threads.setSuggestedPrompts", "assistant:write")
def set_suggested_prompts(context: ApiContext, arguments: Arguments) -> Json:
    """Offer things to ask: in a thread, or, in an agent's Messages tab, above all of them."""
    if not context.app.is_agent:
        raise RefusalError("not_agent_app")
    channel = readable(context, arguments.required("channel_id")).id
    prompts: Any = arguments.structure("prompts", "invalid_arguments")
    if not isinstance(prompts, list) or not 0 < len(prompts) <= MOST_PROMPTS:
        raise RefusalError("invalid_arguments")
    if any(not isinstance(each, dict) or not (each.get("title") and each.get("message")) for each in prompts):
        raise RefusalError("invalid_arguments")
    context.workspace.suggested_prompts[channel] = tuple(prompts)
    return {}
