"""Saved sets of checks: prepared at a desk by one person, there in every Session of theirs."""

from typing import Any

import msgspec

from server.access.holder import Holder
from server.classroom.check_answers import whole_spec
from server.clock import Clock
from server.errors import Rejected
from server.ids import mint
from server.limits import CHECK_SET_BYTES_MAX, CHECK_SETS_PER_PERSON_MAX, CHECKS_PER_SET_MAX, TITLE_CHARS_MAX
from server.ops.wire import Json, instant
from server.store.database import Database
from server.store.repositories import check_sets
from server.store.repositories.check_sets import CheckSet
from signaling.base import Id, Seconds
from signaling.checks import CheckSpec


class SavedCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question of a set, as `check_open` takes it."""

    spec: CheckSpec
    saved_id: Id | None = None
    seconds: Seconds | None = None
    anonymous: bool = False


class CheckSets:
    """A person's sets. Staff only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def listed(self, holder: Holder) -> Json:
        holder.require_staff()
        async with self._database.read() as connection:
            found = await check_sets.of_person(connection, holder.org_id, holder.person_id)
        return {"sets": [_json(one) for one in found]}

    async def add(self, holder: Holder, title: str, checks: list[Any]) -> Json:
        """A new set. Raises `Rejected`."""
        holder.require_staff()
        made = CheckSet(
            holder.org_id,
            mint("cks"),
            holder.person_id,
            _title(title),
            _whole(checks),
            1,
            self._clock.now_utc(),
        )
        async with self._database.write() as connection:
            known = await check_sets.of_person(connection, holder.org_id, holder.person_id)
            if len(known) >= CHECK_SETS_PER_PERSON_MAX:
                raise Rejected("full", f"You have {CHECK_SETS_PER_PERSON_MAX} sets already. Remove one first.")
            await check_sets.add(connection, made)
        return _json(made)

    async def replace(self, holder: Holder, set_id: str, revision: int, title: str, checks: list[Any]) -> Json:
        """The set is this from now on, if nobody saved it since it was read. Raises `Rejected`."""
        holder.require_staff()
        now_utc = self._clock.now_utc()
        made = CheckSet(holder.org_id, set_id, holder.person_id, _title(title), _whole(checks), revision + 1, now_utc)
        async with self._database.write() as connection:
            known = {one.set_id for one in await check_sets.of_person(connection, holder.org_id, holder.person_id)}
            if set_id not in known:
                raise Rejected("not_found", "There is no such set of yours.")
            if not await check_sets.replace(
                connection, holder.org_id, holder.person_id, set_id, revision, made.title, made.checks, now_utc
            ):
                raise Rejected("stale", "This set was changed meanwhile. Load it again.")
        return _json(made)

    async def remove(self, holder: Holder, set_id: str) -> None:
        """Raises `Rejected`."""
        holder.require_staff()
        async with self._database.write() as connection:
            if not await check_sets.remove(connection, holder.org_id, holder.person_id, set_id):
                raise Rejected("not_found", "There is no such set of yours.")


def _title(title: str) -> str:
    if not title.strip() or len(title) > TITLE_CHARS_MAX or not title.isprintable():
        raise Rejected("bad_request", f"A title has from 1 to {TITLE_CHARS_MAX} printable characters.")
    return title.strip()


def _whole(checks: list[Any]) -> list[dict[str, Any]]:
    """Every question as the class would take it: what is saved can be launched."""
    if not 1 <= len(checks) <= CHECKS_PER_SET_MAX:
        raise Rejected("bad_request", f"A set has from 1 to {CHECKS_PER_SET_MAX} checks.")
    result = []
    for number, raw in enumerate(checks, 1):
        try:
            one = msgspec.convert(raw, SavedCheck)
            spec = whole_spec(one.spec)
        except msgspec.ValidationError as error:
            raise Rejected("bad_request", f"Check {number}: {error}.") from None
        except Rejected as refused:
            raise Rejected("bad_request", f"Check {number}: {refused.text}") from None
        result.append(
            {
                "saved_id": one.saved_id or mint("cki"),
                "seconds": one.seconds,
                "anonymous": one.anonymous,
                "spec": msgspec.to_builtins(spec),
            }
        )
    if len(msgspec.json.encode(result)) > CHECK_SET_BYTES_MAX:
        raise Rejected("too_large", "This set is too long. Make two of it.")
    return result


def _json(one: CheckSet) -> Json:
    return {
        "set_id": one.set_id,
        "title": one.title,
        "revision": one.revision,
        "changed_utc": instant(one.changed_utc),
        "checks": one.checks,
    }
