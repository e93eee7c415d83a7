"""Which voice a pinned audio Slot carries. Pure.

Slot 0: the first present instructor who has a microphone; Slot 1: the sound of the screen that was shared last. One's
own Track never. The instructor who was chosen stays while the microphone is there, so that two of them do not
alternate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from server.classroom.roster import Member
from signaling.messages import Track


@dataclass(frozen=True, slots=True)
class PinnedSources:
    """What there is to choose from, best first: worked out once for a whole Room, since it is the same for everyone."""

    voices: tuple[Track, ...] = ()
    sounds: tuple[Track, ...] = ()

    def voice_for(self, listener_id: str, current: str | None) -> Track | None:
        """The microphone for Slot 0."""
        found = [track for track in self.voices if track.participant_id != listener_id]
        return next((track for track in found if track.track_id == current), found[0] if found else None)

    def sound_for(self, listener_id: str) -> Track | None:
        """The screen sound for Slot 1."""
        return next((track for track in self.sounds if track.participant_id != listener_id), None)


def pinned_sources(members: Sequence[Member], tracks: Sequence[Track]) -> PinnedSources:
    """An instructor who is away comes after those who are here: the media of both may still flow."""
    instructors = {member.participant_id: member for member in members if member.role == "instructor"}
    mics = [track for track in tracks if track.source == "mic" and track.participant_id in instructors]

    def rank(track: Track) -> tuple[bool, int]:
        member = instructors[track.participant_id]
        return member.away_since_s is not None, member.order

    sounds = [track for track in tracks if track.source == "screen_audio"]
    return PinnedSources(tuple(sorted(mics, key=rank)), tuple(reversed(sounds)))
