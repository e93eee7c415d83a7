"""Which voice a pinned audio Slot carries. Pure.

Slot 0: the first present instructor who has a microphone; Slot 1: the sound of the screen that was shared last. One's
own Track never. The instructor who was chosen stays while the microphone is there, so that two of them do not
alternate.
"""

from collections.abc import Sequence

from server.classroom.roster import Member
from signaling.messages import Track


def instructor_mic(
    members: Sequence[Member], tracks: Sequence[Track], listener_id: str, current: str | None
) -> Track | None:
    """The microphone for Slot 0. An instructor who is away comes after those who are here: media may still flow."""
    instructors = [m for m in members if m.role == "instructor" and m.participant_id != listener_id]
    ranked = sorted(instructors, key=lambda member: (member.away_since_s is not None, member.order))
    mics = {track.participant_id: track for track in tracks if track.source == "mic"}
    found = [mics[member.participant_id] for member in ranked if member.participant_id in mics]
    return next((track for track in found if track.track_id == current), found[0] if found else None)


def screen_audio(tracks: Sequence[Track], listener_id: str) -> Track | None:
    """The screen sound for Slot 1: the one published last."""
    found = [track for track in tracks if track.source == "screen_audio" and track.participant_id != listener_id]
    return found[-1] if found else None
