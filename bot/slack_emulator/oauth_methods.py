"""Web API methods about the app's tokens and installations (docs.slack.dev, reference/methods)."""

from .errors import RefusalError
from .values import Json
from .web_api import ApiContext, Arguments, Methods

method = Methods()


@method("oauth.v2.access", token="none")
def access(context: ApiContext, arguments: Arguments) -> Json:
    """A token for a code, or for a refresh token."""
    context.oauth.check_client(arguments.text("client_id"), arguments.text("client_secret"))
    match arguments.text("grant_type"):
        case "refresh_token":
            return context.oauth.refresh(arguments.text("refresh_token"))
        case None | "authorization_code":
            return context.oauth.install(arguments.text("code"), arguments.text("redirect_uri"))
        case _:
            raise RefusalError("invalid_grant_type")


@method("oauth.v2.exchange", token="none")
def exchange(context: ApiContext, arguments: Arguments) -> Json:
    """A token that expires, with a refresh token, for one that does not."""
    context.oauth.check_client(arguments.text("client_id"), arguments.text("client_secret"))
    return context.oauth.exchange(context.token)


@method("auth.revoke")
def revoke(context: ApiContext, arguments: Arguments) -> Json:
    """Revoke the token it is called with."""
    if arguments.flag("test"):
        return {"revoked": False}
    context.oauth.revoke(context.token or "")
    return {"revoked": True}


@method("apps.uninstall")
def uninstall(context: ApiContext, arguments: Arguments) -> Json:
    """Uninstall the app from the workspace or organization of the token it is called with."""
    context.oauth.check_client(arguments.required("client_id"), arguments.required("client_secret"))
    context.oauth.uninstall(context.oauth.owner_of(context.app))
    return {}
