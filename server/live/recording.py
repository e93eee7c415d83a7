"""The recording of a Room: it begins with the first Track, by itself; each Track that may be recorded gets a Tap.

Who may be recorded is what they allow now (`consenting.py`). A Participant's parts are sealed with a key of their
own, so that one child's can be destroyed and everybody else's stays. Only the actor calls in here; what must be kept
before a Tap opens goes out as `Book` effects.
"""

import secrets
from collections.abc import Mapping

from media.contract import TAP_KEY_BYTES, CloseTap, Layer, SetTap
from server.classroom.consent import Purpose
from server.classroom.events_recording import RecordingPaused, RecordingResumed, RecordingStarted
from server.classroom.recording_book import RecordingBegan, TapClosed, TapOpened
from server.errors import Rejected
from server.ids import mint
from server.live.effects import Effects
from server.live.person import Person
from server.live.recording_state import RoomRecording
from server.live.room import Room, record
from signaling.codes import ERROR_TEXTS, ErrorCode
from signaling.messages import Ack, Kind, RecordingChanged, RecordingState, SetRecording, Track

TOP, MIDDLE = 2, 1
TEMPORAL_MAX = 3
LEADS = frozenset({"instructor", "assistant"})
PURPOSE: Mapping[Kind, Purpose] = {"audio": "sound", "video": "picture"}
SCREENS = frozenset({"screen", "screen_audio"})


def track_added(room: Room, track: Track, now_s: float, out: Effects) -> None:
    """A Track is there. The first one that may be recorded begins the recording."""
    recording = room.recording
    if recording is None:
        return
    recording.tracks[track.track_id] = track
    _tap(room, recording, track, now_s, out)


def track_removed(room: Room, track_id: str, out: Effects) -> None:
    """A Track is gone, and media has closed its Tap with it."""
    recording = room.recording
    if recording is None:
        return
    recording.tracks.pop(track_id, None)
    tap_id = recording.taps.pop(track_id, None)
    if tap_id is not None:
        out.book(TapClosed(tap_id))


def set_recording(room: Room, person: Person, message: SetRecording, now_s: float, out: Effects) -> None:
    """Pause or go on: the Taps close or open, and everyone sees it."""
    room.roster.require(person.participant_id, "control_recording")
    recording = room.recording
    if recording is None or recording.recording_id is None:
        raise Rejected(ErrorCode.NOT_RECORDED.value, ERROR_TEXTS[ErrorCode.NOT_RECORDED])
    wanted: RecordingState = "paused" if message.paused else "on"
    if recording.state != wanted:
        happened = RecordingPaused if message.paused else RecordingResumed
        record(room, [happened(room.now_ms(now_s), recording.recording_id, person.participant_id)], out)
        _change(room, recording, wanted, out)
        if message.paused:
            for track_id in tuple(recording.taps):
                _untap(recording, track_id, out)
        else:
            for track in recording.tracks.values():
                _tap(room, recording, track, now_s, out)
    out.answer(person.outlet, Ack(re=message.id))


def sounding_tracks(room: Room) -> frozenset[str]:
    """Tapped microphones that are on, of people who are connected: what must bring sound all the time."""
    if room.recording is None:
        return frozenset()
    here = {member.participant_id for member in room.roster.members if member.away_since_s is None}
    return frozenset(
        track.track_id
        for track in room.roster.tracks
        if track.track_id in room.recording.taps
        and track.source == "mic"
        and not track.muted
        and track.participant_id in here
    )


def follow_consent(room: Room, participant_id: str, now_s: float, out: Effects) -> None:
    """Somebody withdrew, or gave, consent while the class goes on: Taps follow at once."""
    recording = room.recording
    if recording is None:
        return
    for track in list(recording.tracks.values()):
        if track.participant_id != participant_id:
            continue
        if not _allowed(room, track):
            _untap(recording, track.track_id, out)
        else:
            _tap(room, recording, track, now_s, out)


def _begin(room: Room, recording: RoomRecording, now_s: float, out: Effects) -> str:
    recording_id = mint("rec")
    recording.recording_id = recording_id
    out.book(RecordingBegan(recording_id, room.org_id, room.session_id, room.room_id))
    record(room, [RecordingStarted(room.now_ms(now_s), recording_id)], out)
    _change(room, recording, "on", out)
    return recording_id


def _tap(room: Room, recording: RoomRecording, track: Track, now_s: float, out: Effects) -> None:
    person = room.people.get(track.participant_id)
    if person is None or recording.state == "paused" or track.track_id in recording.taps or not _allowed(room, track):
        return
    recording_id = recording.recording_id or _begin(room, recording, now_s, out)
    if person.participant_id not in recording.keys:
        recording.keys[person.participant_id] = (mint("key"), secrets.token_bytes(TAP_KEY_BYTES))
    key_id, key = recording.keys[person.participant_id]
    tap_id = mint("tap")
    recording.taps[track.track_id] = tap_id
    out.book(
        TapOpened(
            tap_id=tap_id,
            recording_id=recording_id,
            org_id=room.org_id,
            track_id=track.track_id,
            participant_id=track.participant_id,
            person_id=person.seat.person_id,
            role=person.seat.role,
            source=track.source,
            kind=track.kind,
            key_id=key_id,
            key=key,
        )
    )
    # A Tap is a watcher like any other: who leads and what is shared at the top, students at most in the middle.
    top = person.seat.role in LEADS or track.source in SCREENS
    out.put(
        SetTap(
            tap_id=tap_id,
            room_id=room.room_id,
            track_id=track.track_id,
            participant_id=track.participant_id,
            recording_id=recording_id,
            key_id=key_id,
            key=key,
            source=track.source,
            layer_max=Layer(spatial=TOP if top else MIDDLE, temporal=TEMPORAL_MAX),
        )
    )


def _untap(recording: RoomRecording, track_id: str, out: Effects) -> None:
    tap_id = recording.taps.pop(track_id, None)
    if tap_id is not None:
        out.book(TapClosed(tap_id))
        out.put(CloseTap(tap_id=tap_id))


def _allowed(room: Room, track: Track) -> bool:
    return PURPOSE[track.kind] in room.consents.get(track.participant_id, ())


def _change(room: Room, recording: RoomRecording, state: RecordingState, out: Effects) -> None:
    recording.state = state
    out.tell_all(room.people.values(), RecordingChanged(seq=0, state=state))
