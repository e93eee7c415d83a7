"""The signaling protocol: every message between a client and the server, as frozen values.

JSON objects over one WebSocket, told apart by `type`. A client message carries `id` (chosen by the client, growing);
the answer to it is `ack`, `published` or `error` with the same number in `re`. What the server says about the Room
carries `seq`, which grows by one per Connection's Participant: on resume the client names the last one it saw.
`docs/protocol.md` is the text from which a stranger can write a client; `web-client/src/protocol/messages.gen.ts` is
made from this file.

Pure: no aiohttp, asyncio or database.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

PROTOCOL_VERSION = 1
MESSAGE_BYTES_MAX = 256 * 1024

Role = Literal["instructor", "assistant", "student", "observer"]
Source = Literal["camera", "mic", "screen", "screen_audio"]
Direction = Literal["publish", "subscribe"]
Kind = Literal["audio", "video"]
Presence = Literal["here", "away"]
Tier = Literal["desktop", "phone"]
SlotMode = Literal["pinned", "loudest", "main", "tile"]
ContentHint = Literal["", "speech", "music", "motion", "detail", "text"]

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]
Token = Annotated[str, Meta(min_length=1, max_length=4096)]
Sdp = Annotated[str, Meta(min_length=1, max_length=200_000)]
Mid = Annotated[str, Meta(min_length=1, max_length=16)]
MessageId = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Seq = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all messages: frozen, unknown fields refused."""


# --- values ---------------------------------------------------------------------------------------------------------


class Resume(Struct, frozen=True):
    """Proof of an earlier Connection: its token and the last `seq` that was seen."""

    token: Token
    seq: Seq


class ClientDescription(Struct, frozen=True):
    """What the client is: for logs and for choosing slots. Never trusted for anything else."""

    name: Annotated[str, Meta(max_length=64)] = ""
    browser: Annotated[str, Meta(max_length=64)] = ""
    tier: Tier = "desktop"


class TrackOffer(Struct, frozen=True):
    """One m-line of the client's publish offer and what it carries."""

    mid: Mid
    source: Source
    content_hint: ContentHint = ""
    muted: bool = False


class TrackAnswer(Struct, frozen=True):
    """The Track id that the server gave to an m-line of the publish offer."""

    mid: str
    track_id: str


class Track(Struct, frozen=True):
    """A published Track as all participants see it. `layers` is the number of spatial layers."""

    track_id: str
    participant_id: str
    source: Source
    kind: Kind
    muted: bool
    layers: int = 1
    content_hint: ContentHint = ""


class Participant(Struct, frozen=True):
    """A person in the Room, as all see it."""

    participant_id: str
    display_name: str
    role: Role
    presence: Presence


class Slot(Struct, frozen=True):
    """One m-line of the subscribe offer. `pinned` and `loudest` are audio and filled by the server; `main` and `tile`
    are video and filled by the client's `layout`. `main` shares its stream id with the pinned instructor's audio."""

    slot: int
    mid: str
    kind: Kind
    mode: SlotMode


class SlotWish(Struct, frozen=True):
    """What the client wants in a video Slot and how large it is shown, in device pixels. `track_id` null empties it."""

    slot: Annotated[int, Meta(ge=0, le=1000)]
    track_id: Id | None
    width: Annotated[int, Meta(ge=0, le=16384)] = 0
    height: Annotated[int, Meta(ge=0, le=16384)] = 0


class SlotMapping(Struct, frozen=True):
    """From the frame with this RTP timestamp on, the Slot shows this Track (null: nothing). `generation` only grows."""

    slot: int
    generation: int
    track_id: str | None
    participant_id: str | None
    rtp_timestamp: int


class SpeakerLevel(Struct, frozen=True):
    """A participant who speaks now; level in dBov, 0 loudest, 127 silence (RFC 6464)."""

    participant_id: str
    track_id: str
    level_dbov: int


class SessionDescription(Struct, frozen=True):
    """The class as the person sees it."""

    session_id: str
    title: str
    starts_utc: str
    ends_utc: str


class RoomSnapshot(Struct, frozen=True):
    """All of the Room that a client needs; replaces what it knew."""

    participants: tuple[Participant, ...]
    tracks: tuple[Track, ...]
    mappings: tuple[SlotMapping, ...] = ()


class ReceiveReport(Struct, frozen=True):
    """What one Slot was like at the receiver over the last interval, from getStats."""

    slot: Annotated[int, Meta(ge=0, le=1000)]
    track_id: Id | None = None
    kind: Kind = "audio"
    concealed_ms: Annotated[int, Meta(ge=0, le=600_000)] = 0
    concealment_events: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    freezes: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    freeze_ms: Annotated[int, Meta(ge=0, le=600_000)] = 0
    frames_decoded: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    frame_height: Annotated[int, Meta(ge=0, le=16384)] = 0
    packets_lost: Annotated[int, Meta(ge=-1_000_000, le=1_000_000_000)] = 0
    jitter_ms: Annotated[float, Meta(ge=0, le=600_000)] = 0


# --- client to server -----------------------------------------------------------------------------------------------


class Hello(Struct, tag="hello", frozen=True):
    """First message on a Connection: a join ticket, or `resume`. `takeover`: move here from another device."""

    id: MessageId
    version: int
    client: ClientDescription = ClientDescription()
    ticket: Token | None = None
    resume: Resume | None = None
    takeover: bool = False


class SubscribeAnswer(Struct, tag="subscribe_answer", frozen=True):
    """The browser's answer to `subscribe_offer` of this generation."""

    id: MessageId
    generation: int
    sdp: Sdp


class Publish(Struct, tag="publish", frozen=True):
    """The browser's offer for its publish transport: all m-lines; `tracks` names the live ones, others are
    unpublished."""

    id: MessageId
    sdp: Sdp
    tracks: Annotated[tuple[TrackOffer, ...], Meta(max_length=8)]


class Mute(Struct, tag="mute", frozen=True):
    """One's own Track is muted or not; the server drops what arrives meanwhile."""

    id: MessageId
    track_id: Id
    muted: bool


class Layout(Struct, tag="layout", frozen=True):
    """What the client wants to see, all video Slots at once; a Slot that is not named shows nothing."""

    id: MessageId
    slots: Annotated[tuple[SlotWish, ...], Meta(max_length=64)]


class RestartIce(Struct, tag="restart_ice", frozen=True):
    """The path of the subscribe transport changed: ask for an offer with fresh credentials. (For the publish transport,
    send `publish` with an offer made with iceRestart.)"""

    id: MessageId


class ReplaceTransports(Struct, tag="replace_transports", frozen=True):
    """The client's peer connections failed for good: close both and start again on the same page."""

    id: MessageId


class ReceiveStats(Struct, tag="receive_stats", frozen=True):
    """Every 10 s: what this person heard and saw. Only the client can know."""

    id: MessageId
    rtt_ms: Annotated[float, Meta(ge=0, le=600_000)] | None = None
    reports: Annotated[tuple[ReceiveReport, ...], Meta(max_length=64)] = ()


class Ping(Struct, tag="ping", frozen=True):
    """Is the server there? Answered by `ack`. Clients send one every 2 s; 3 s without an answer means lost."""

    id: MessageId
    seq: Seq = 0


class Leave(Struct, tag="leave", frozen=True):
    """The person presses leave: gone everywhere at once."""

    id: MessageId


ClientMessage = (
    Hello | SubscribeAnswer | Publish | Mute | Layout | RestartIce | ReplaceTransports | ReceiveStats | Ping | Leave
)


# --- server to client -----------------------------------------------------------------------------------------------


class Welcome(Struct, tag="welcome", frozen=True):
    """Answer to `hello`. `resumed`: the missed messages follow and `room` is null; else `room` is the whole state."""

    re: int
    version: int
    seq: int
    participant_id: str
    role: Role
    display_name: str
    session: SessionDescription
    resume_token: str
    resumed: bool
    actions: tuple[str, ...]
    ping_s: float
    room: RoomSnapshot | None = None


class Ack(Struct, tag="ack", frozen=True):
    """The message with this id was carried out."""

    re: int


class Error(Struct, tag="error", frozen=True):
    """The message with this id was refused (`re` 0: the Connection itself). `code` is for programs, `text` for
    people."""

    re: int
    code: str
    text: str


class Published(Struct, tag="published", frozen=True):
    """Answer to `publish`: the SDP answer and the Track ids."""

    re: int
    sdp: str
    tracks: tuple[TrackAnswer, ...]


class SubscribeOffer(Struct, tag="subscribe_offer", frozen=True):
    """The server's offer for the subscribe transport. `fresh`: a new transport, drop the old peer connection."""

    seq: int
    generation: int
    sdp: str
    slots: tuple[Slot, ...]
    fresh: bool


class MediaReset(Struct, tag="media_reset", frozen=True):
    """The media process changed: the publish transport is gone, publish again; a fresh `subscribe_offer` follows."""

    seq: int
    reason: str


class ParticipantJoined(Struct, tag="participant_joined", frozen=True):
    seq: int
    participant: Participant


class ParticipantChanged(Struct, tag="participant_changed", frozen=True):
    """Presence, name or role changed."""

    seq: int
    participant: Participant


class ParticipantLeft(Struct, tag="participant_left", frozen=True):
    """Gone for good; its Tracks are gone with it."""

    seq: int
    participant_id: str
    reason: str


class TrackPublished(Struct, tag="track_published", frozen=True):
    seq: int
    track: Track


class TrackChanged(Struct, tag="track_changed", frozen=True):
    """Muted, or its layers changed."""

    seq: int
    track: Track


class TrackClosed(Struct, tag="track_closed", frozen=True):
    seq: int
    track_id: str


class SlotMapped(Struct, tag="slot_mapped", frozen=True):
    """A Slot's content changed. Until the frame with `rtp_timestamp` the tile is blanked."""

    seq: int
    mapping: SlotMapping


class SpeakersChanged(Struct, tag="speakers", frozen=True):
    """Who speaks now, loudest first. Latest wins: carries no `seq` and is not resent."""

    speakers: tuple[SpeakerLevel, ...]


class Quality(Struct, tag="quality", frozen=True):
    """Network quality of participants, 0 lost, 1 bad, 2 fair, 3 good. Latest wins: carries no `seq`."""

    levels: dict[str, int]


class TransportChanged(Struct, tag="transport", frozen=True):
    """How the server sees one of this client's own transports. Latest wins: carries no `seq`."""

    direction: Direction
    state: str


class Bye(Struct, tag="bye", frozen=True):
    """The server closes the Connection and it must not come back by itself: left, moved, removed, ended, replaced."""

    code: str
    text: str


ServerMessage = (
    Welcome
    | Ack
    | Error
    | Published
    | SubscribeOffer
    | MediaReset
    | ParticipantJoined
    | ParticipantChanged
    | ParticipantLeft
    | TrackPublished
    | TrackChanged
    | TrackClosed
    | SlotMapped
    | SpeakersChanged
    | Quality
    | TransportChanged
    | Bye
)
