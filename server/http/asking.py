"""Who asks, and what they sent: a personal link's token, or an operator; a JSON body of exactly the fields named.

Every route around a class begins here. Bodies are small and checked by pydantic; files come another way (`materials`).
"""

from typing import Protocol, TypeVar

import pydantic
from aiohttp import web

from server.access.holder import Holder
from server.errors import Rejected
from server.http.caller import Callers

Body = TypeVar("Body", bound="Wanted")


class Wanted(pydantic.BaseModel):
    """A body. Unknown fields are refused, and nothing is converted: a text is not a number."""

    model_config = pydantic.ConfigDict(extra="forbid", strict=True, frozen=True)


class Holders(Protocol):
    """Tokens in, people out (`server.access.holder.Holders`)."""

    async def holder(self, token: str, address: str) -> Holder: ...


class Asking:
    """Reads requests."""

    def __init__(self, holders: Holders, callers: Callers) -> None:
        self._holders = holders
        self._callers = callers

    async def holder(self, request: web.Request) -> Holder:
        """The person with the link. Raises `Rejected`."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Rejected("token_missing", "Send your personal link's token with the request.")
        return await self._holders.holder(token.strip(), self._callers.rate_key(request))

    async def holder_or_operator(self, request: web.Request) -> Holder | None:
        """The person with the link; None for an operator. Raises `Rejected`."""
        if self._callers.is_operator(request):
            return None
        return await self.holder(request)

    @staticmethod
    async def body(request: web.Request, wanted: type[Body]) -> Body:
        """Raises `Rejected` (`bad_request`), naming the first field that is wrong."""
        try:
            return wanted.model_validate_json(await request.read())
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "body"
            raise Rejected("bad_request", f"{where[:80]}: {first['msg'][:160]}.") from None
