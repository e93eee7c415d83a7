"""Everything that may cross the link between `control` and `media`, and nothing else.

Frames are a 4-byte big-endian length followed by one msgpack map with the tag `type`. Commands state the wanted end:
they may be repeated and reordered per object without harm, carry ids made by control, and return at once; what became
of them arrives as an event. On (re)connect control sends `LinkHello`, media answers `MediaHello`, control sends
`WantedState` with all that should exist, media answers `CurrentState`; whatever is on media but not wanted is closed.

This module is pure: msgspec types and framing, no asyncio, no sockets.
"""

from typing import Literal

import msgspec

LINK_VERSION = 1
# The whole wanted state of a process is one frame: about 8 kB a participant with 31 slots, so this holds 8,000 of them.
FRAME_BYTES_MAX = 64 * 1024 * 1024
HEADER_BYTES = 4

Direction = Literal["publish", "subscribe"]
Kind = Literal["audio", "video"]
CodecName = Literal["opus", "vp8", "h264", "vp9", "av1"]
SlotMode = Literal["bound", "loudest"]
TransportStateName = Literal["new", "connecting", "connected", "disconnected", "failed", "closed"]


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all link values: frozen, unknown fields refused."""


# --- values ---------------------------------------------------------------------------------------------------------


class Layer(Struct, frozen=True):
    """One quality of a Track; 0 is lowest."""

    spatial: int
    temporal: int


class Fingerprint(Struct, frozen=True):
    """A certificate digest as SDP states it (RFC 8122): algorithm `sha-256`, value in upper-case hex with colons."""

    algorithm: str
    value: str


class Candidate(Struct, frozen=True):
    """An address on which a shard can be reached; `protocol` is `udp` today."""

    address: str
    port: int
    protocol: Literal["udp", "tcp"] = "udp"


class ShardAddress(Struct, frozen=True):
    """One shard and the addresses it announces, best first."""

    shard: int
    candidates: tuple[Candidate, ...]


class ExtensionIds(Struct, frozen=True):
    """RTP header extension ids (1..255) negotiated on one transport; None means not negotiated (RFC 8285)."""

    mid: int | None = None
    rid: int | None = None
    repaired_rid: int | None = None
    audio_level: int | None = None
    transport_cc: int | None = None
    abs_send_time: int | None = None
    dependency_descriptor: int | None = None


class RemoteParams(Struct, frozen=True):
    """What the browser's SDP said of its end of a transport."""

    ice_ufrag: str
    ice_pwd: str
    fingerprints: tuple[Fingerprint, ...]


class Codec(Struct, frozen=True):
    """A codec with the payload types in force on one transport. `rtx_payload_type` None: no RTX."""

    name: CodecName
    payload_type: int
    clock_rate_hz: int
    rtx_payload_type: int | None = None
    red_payload_type: int | None = None
    nack: bool = False
    transport_cc: bool = False


class SsrcPair(Struct, frozen=True):
    """Announced SSRCs of one encoding (`a=ssrc-group:FID`); browsers announce them for audio and without simulcast."""

    media: int
    rtx: int | None = None


class SlotSpec(Struct, frozen=True):
    """One m-line of a subscribe transport. `bound` shows the Track of its Subscription; `loudest` is filled by the
    engine with the Room's loudest audible Tracks, the Participant's own voice excluded."""

    slot: int
    mid: str
    kind: Kind
    mode: SlotMode
    ssrc: int
    rtx_ssrc: int | None = None


# --- commands: control to media -------------------------------------------------------------------------------------


class LinkHello(Struct, tag="link_hello", frozen=True):
    """First frame on the link. A lower `lease_epoch` than media has seen is refused with `LinkRefused`."""

    version: int
    token: str
    control_id: str
    lease_epoch: int


class SetRoom(Struct, tag="set_room", frozen=True):
    """A Room exists on this shard."""

    room_id: str
    shard: int
    command_id: str = ""


class SetTransport(Struct, tag="set_transport", frozen=True):
    """A transport exists with these parameters; sent again whenever one changes (the browser's answer, an ICE restart).

    A changed `ice_ufrag` is an ICE restart (RFC 8445 section 9): the selected pair and SRTP keys stay until a check
    with the new credentials succeeds. `remote` None: the browser has not answered yet. `codecs` are what a subscribe
    transport may be sent; `slots` is grow-only.
    """

    transport_id: str
    room_id: str
    participant_id: str
    direction: Direction
    ice_ufrag: str
    ice_pwd: str
    remote: RemoteParams | None = None
    extensions: ExtensionIds = ExtensionIds()
    codecs: tuple[Codec, ...] = ()
    slots: tuple[SlotSpec, ...] = ()
    command_id: str = ""


class SetTrack(Struct, tag="set_track", frozen=True):
    """A Track is published on a transport. `rids` are low to high; empty means a single layer. `audible` Tracks compete
    for `loudest` slots. `muted`: the server drops what arrives."""

    track_id: str
    transport_id: str
    participant_id: str
    kind: Kind
    mid: str
    codec: Codec
    rids: tuple[str, ...] = ()
    ssrcs: tuple[SsrcPair, ...] = ()
    audible: bool = False
    muted: bool = False
    command_id: str = ""


class SetSubscription(Struct, tag="set_subscription", frozen=True):
    """A Slot shows this Track, at most at `layer_max`; a higher `generation` replaces what the Slot showed before."""

    subscription_id: str
    transport_id: str
    slot: int
    track_id: str
    generation: int
    layer_max: Layer = Layer(spatial=2, temporal=3)
    priority: int = 0
    paused: bool = False
    command_id: str = ""


class CloseRoom(Struct, tag="close_room", frozen=True):
    """The Room and everything in it is gone."""

    room_id: str
    command_id: str = ""


class CloseTransport(Struct, tag="close_transport", frozen=True):
    """The transport, its Tracks and Subscriptions are gone."""

    transport_id: str
    command_id: str = ""


class CloseTrack(Struct, tag="close_track", frozen=True):
    """The Track is gone, and every Subscription to it."""

    track_id: str
    command_id: str = ""


class CloseSubscription(Struct, tag="close_subscription", frozen=True):
    """The Slot shows nothing."""

    subscription_id: str
    command_id: str = ""


class GetSnapshot(Struct, tag="get_snapshot", frozen=True):
    """Ask for the whole state as plain values; answered by `Snapshot` with the same command id."""

    command_id: str


class WantedState(Struct, tag="wanted_state", frozen=True):
    """All that control wants to exist on this media process: the full resync."""

    rooms: tuple[SetRoom, ...] = ()
    transports: tuple[SetTransport, ...] = ()
    tracks: tuple[SetTrack, ...] = ()
    subscriptions: tuple[SetSubscription, ...] = ()


Command = (
    LinkHello
    | WantedState
    | SetRoom
    | SetTransport
    | SetTrack
    | SetSubscription
    | CloseRoom
    | CloseTransport
    | CloseTrack
    | CloseSubscription
    | GetSnapshot
)


# --- events: media to control ---------------------------------------------------------------------------------------


class MediaHello(Struct, tag="media_hello", frozen=True):
    """Media's answer to `LinkHello`. `media_id` is new with every start of the process: when it changes, all transports
    are gone and browsers need new ones."""

    version: int
    media_id: str
    node: str
    fingerprint: Fingerprint
    shards: tuple[ShardAddress, ...]
    build: str


class LinkRefused(Struct, tag="link_refused", frozen=True):
    """Media closes the link after this: wrong token, version, or an older lease epoch."""

    code: str
    text: str


class CurrentState(Struct, tag="current_state", frozen=True):
    """What exists after `WantedState` was applied, each transport's state, and what every Slot shows now: events that
    were lost with the link are made good by this."""

    rooms: tuple[str, ...]
    transports: tuple[tuple[str, TransportStateName], ...]
    tracks: tuple[str, ...]
    subscriptions: tuple[str, ...]
    mappings: "tuple[SlotMapped, ...]" = ()


class CommandFailed(Struct, tag="command_failed", frozen=True):
    """A command could not be carried out."""

    command_id: str
    object_id: str
    code: str
    text: str


class TransportState(Struct, tag="transport_state", frozen=True):
    """A transport changed state. `disconnected`: consent is late (RFC 7675), may come back; `failed`: it will not."""

    transport_id: str
    state: TransportStateName
    reason: str = ""


class TrackLive(Struct, tag="track_live", frozen=True):
    """First packet of a Track's layer arrived (`active`), or it fell silent for over 2 s (not `active`)."""

    track_id: str
    spatial: int
    active: bool


class SlotMapped(Struct, tag="slot_mapped", frozen=True):
    """From the frame with `rtp_timestamp` on, this Slot shows this Track (None: nothing). `generation` only grows."""

    transport_id: str
    slot: int
    generation: int
    track_id: str | None
    rtp_timestamp: int


class SubscriptionLayer(Struct, tag="subscription_layer", frozen=True):
    """The layer that flows now to a Slot (None: paused or nothing yet)."""

    transport_id: str
    slot: int
    track_id: str
    layer: Layer | None


class Speaker(Struct, frozen=True):
    """One speaking Track; level in dBov, 0 loudest, 127 silence (RFC 6464)."""

    track_id: str
    level_dbov: int


class Speakers(Struct, tag="speakers", frozen=True):
    """Who speaks in a Room now, loudest first. Latest wins."""

    room_id: str
    speakers: tuple[Speaker, ...]


class TransportStats(Struct, tag="transport_stats", frozen=True):
    """Counters of one transport since it opened. Latest wins; about every 2 s."""

    transport_id: str
    packets_in: int = 0
    packets_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    packets_lost_in: int = 0
    packets_lost_out: int = 0
    nacks_in: int = 0
    nacks_out: int = 0
    plis_in: int = 0
    plis_out: int = 0
    rtx_out: int = 0
    rtt_ms: float | None = None
    loss_fraction_in: float = 0.0
    loss_fraction_out: float = 0.0


class Counters(Struct, tag="counters", frozen=True):
    """Process-wide counters by name (drops by reason, datagrams, seals...). Latest wins; about every 2 s."""

    values: dict[str, int]


class RoomFaulted(Struct, tag="room_faulted", frozen=True):
    """A Room hit a bug and was dropped; the rest of the shard goes on."""

    room_id: str
    reason: str


class Snapshot(Struct, tag="snapshot", frozen=True):
    """Answer to `GetSnapshot`: JSON text of the whole state, for people."""

    command_id: str
    json: str


Event = (
    MediaHello
    | LinkRefused
    | CurrentState
    | CommandFailed
    | TransportState
    | TrackLive
    | SlotMapped
    | SubscriptionLayer
    | Speakers
    | TransportStats
    | Counters
    | RoomFaulted
    | Snapshot
)


# --- framing --------------------------------------------------------------------------------------------------------

_encoder = msgspec.msgpack.Encoder()
_command_decoder: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)
_event_decoder: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


class FrameError(ValueError):
    """A frame is over the limit, not msgpack, or not of the contract."""


def encode_frame(value: Command | Event) -> bytes:
    """One frame: length and msgpack. Raises `FrameError` over `FRAME_BYTES_MAX`."""
    body = _encoder.encode(value)
    if len(body) > FRAME_BYTES_MAX:
        raise FrameError(f"frame of {len(body)} bytes is over the limit of {FRAME_BYTES_MAX}")
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def frame_length(header: bytes) -> int:
    """The body's length from a header of `HEADER_BYTES`. Raises `FrameError` over `FRAME_BYTES_MAX`."""
    length = int.from_bytes(header, "big")
    if length > FRAME_BYTES_MAX:
        raise FrameError(f"frame of {length} bytes is over the limit of {FRAME_BYTES_MAX}")
    return length


def decode_command(body: bytes) -> Command:
    """Parse a frame's body strictly. Raises `FrameError`."""
    try:
        return _command_decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise FrameError(str(error)) from error


def decode_event(body: bytes) -> Event:
    """Parse a frame's body strictly. Raises `FrameError`."""
    try:
        return _event_decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise FrameError(str(error)) from error
