"""The operator's commands around people and rules: moving and cancelling, rights, guardians, thresholds, wordings."""

from server.cli.desk import Desk, instant
from server.ops.office import Office


def _office(desk: Desk) -> Office:
    return Office(desk.database, desk.clock, desk.bookings.actor_id)


async def move_session(desk: Desk) -> None:
    arguments = desk.arguments
    moved = await _office(desk).move(arguments.session, instant(arguments.starts), arguments.minutes, arguments.reason)
    desk.show(
        {
            "session_id": moved.session_id,
            "starts_utc": moved.starts_utc.isoformat(),
            "ends_utc": moved.ends_utc.isoformat(),
        },
        f"The session is now from {moved.starts_utc.isoformat()} to {moved.ends_utc.isoformat()}.",
    )


async def cancel_session(desk: Desk) -> None:
    await _office(desk).cancel(desk.arguments.session, desk.arguments.reason)
    desk.show({"session_id": desk.arguments.session, "state": "cancelled"}, "The session is cancelled.")


async def set_rights(desk: Desk) -> None:
    rights = sorted(set(desk.arguments.rights))
    await _office(desk).set_rights(desk.arguments.person, frozenset(rights))
    desk.show({"person_id": desk.arguments.person, "rights": rights}, "Rights: " + (", ".join(rights) or "none"))


async def set_guardian(desk: Desk) -> None:
    arguments = desk.arguments
    await _office(desk).set_guardian(arguments.guardian, arguments.student, answers=not arguments.end)
    sentence = "They answer for this student no longer." if arguments.end else "They answer for this student."
    desk.show({"guardian": arguments.guardian, "student": arguments.student, "answers": not arguments.end}, sentence)


async def set_thresholds(desk: Desk) -> None:
    arguments = desk.arguments
    version = await _office(desk).set_thresholds(
        await desk.bookings.local_organisation(),
        late_after_s=arguments.late_after_s,
        left_early_before_s=arguments.left_early_before_s,
        partial_below=arguments.partial_below,
        absent_below=arguments.absent_below,
    )
    desk.show({"version": version}, f"Version {version} counts for sessions that start from now on.")


async def set_wording(desk: Desk) -> None:
    arguments = desk.arguments
    name = await _office(desk).set_wording(await desk.bookings.local_organisation(), arguments.purpose, arguments.text)
    desk.show({"wording": name}, f"{name} is asked from now on.")
