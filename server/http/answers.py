"""Every answer that is not a page: JSON with a stable code and a sentence, and the HTTP status of each code."""

from http import HTTPStatus

import msgspec
from aiohttp import web

from server.errors import HomeroomError, Rejected, Unavailable

# What a code means to a cache, a proxy or a client that only looks at the number. Others are 400.
STATUS = {
    "link_unknown": 404,
    "link_expired": 410,
    "link_revoked": 410,
    "session_not_open": 403,
    "session_ended": 410,
    "foreign_origin": 403,
    "not_allowed": 403,
    "too_many": 429,
}

RETRY_AFTER_S = 2

_HTTP_SENTENCES = {
    400: ("bad_request", "The request cannot be understood."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take such a request."),
    413: ("too_large", "The request is larger than the server takes."),
    417: ("bad_request", "The request cannot be understood."),
}

_encoder = msgspec.json.Encoder()


def json_answer(value: object, status: int = 200) -> web.Response:
    """Plain data as JSON; never cached."""
    return web.Response(
        body=_encoder.encode(value),
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )


def error_answer(code: str, text: str, status: int) -> web.Response:
    """`{code, text}` with this status."""
    answer = json_answer({"code": code, "text": text}, status)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def answer_for(error: Exception) -> web.Response:
    """The answer to a request that ended with this error. What we did not raise on purpose tells nothing of itself."""
    match error:
        case Rejected():
            return error_answer(error.code, error.text, STATUS.get(error.code, 400))
        case Unavailable():
            return error_answer(error.code, error.text, 503)
        case web.HTTPException() if error.status < 500:
            code, text = _HTTP_SENTENCES.get(error.status, ("refused", "The request was refused."))
            answer = error_answer(code, text, error.status)
            if allow := error.headers.get("Allow"):
                answer.headers["Allow"] = allow
            return answer
        case TimeoutError():
            return error_answer("too_slow", "The server took too long. Try again in a moment.", 503)
        case _:
            return error_answer("internal", "Something went wrong on the server.", 500)


def is_expected(error: Exception) -> bool:
    """Is this an answer rather than a trouble?"""
    return isinstance(error, Rejected) or (isinstance(error, web.HTTPException) and error.status < 500)


def code_of(error: Exception) -> str:
    """A code for logs."""
    return error.code if isinstance(error, HomeroomError) else type(error).__name__
