"""The whole border between Python and the Rust engine: one class, frozen values, batches of events."""

from collections.abc import Sequence
from typing import Any, Literal, final

__all__ = ["CodecSpec", "MediaPlane", "SlotSpec"]

@final
class CodecSpec:
    """A codec and its payload types on one transport; `name` is opus, vp8, h264, vp9 or av1."""

    def __new__(
        cls,
        name: str,
        payload_type: int,
        clock_rate_hz: int,
        rtx_payload_type: int | None = None,
        red_payload_type: int | None = None,
        nack: bool = False,
        transport_cc: bool = False,
    ) -> CodecSpec: ...

@final
class SlotSpec:
    """One m-line of a subscribe transport; `mode` is bound or loudest, `kind` audio or video."""

    def __new__(cls, slot: int, mid: str, kind: str, mode: str, ssrc: int, rtx_ssrc: int | None = None) -> SlotSpec: ...

@final
class MediaPlane:
    """Shards, sockets and engine. Every `open_` states the wanted end, is idempotent and returns at once.

    Raises ValueError for what is malformed or names an unknown object, RuntimeError before `start` or after `stop`, and
    BlockingIOError when a shard has too many commands waiting (nothing was changed; try again). Closing what is unknown
    is no error. An object keeps its parents: Room and shard, transport and direction, participant.
    """

    def __new__(cls) -> MediaPlane: ...
    def start(
        self,
        shard_count: int,
        bind_addresses: Sequence[str],
        port_first: int,
        event_queue_max: int = 65536,
    ) -> list[int]:
        """Bind one UDP port per shard on every address (none: the wildcards of both families) and start the threads.
        The ports, one a shard. Shard n gets `port_first` + n; `port_first` 0: any free ports. `event_queue_max` bounds
        what must arrive, per shard. Raises OSError when a port is taken."""
    def stop(self) -> None: ...
    def event_fd(self) -> int:
        """Readable while there are events; `drain_events` clears it, never read it."""
    def drain_events(self, events_max: int) -> list[tuple[Any, ...]]:
        """At most `events_max` events, oldest first, each a tuple that begins with its name:

        ("handshake", transport_id, datagram)
        ("transport_state", transport_id, state, reason)
        ("track_live", track_id, spatial, active)
        ("slot_mapped", transport_id, slot, generation, track_id | None, rtp_timestamp)
        ("subscription_layer", transport_id, slot, track_id, (spatial, temporal) | None)
        ("speakers", room_id, [(track_id, level_dbov), ...])
        ("transport_stats", transport_id, {name: value})
        ("counters", {name: value})
        ("room_faulted", room_id, reason)
        ("command_failed", kind, object_id, code)

        A faulted Room and what was in it is unknown from then on, as is an object whose first `open_` failed.
        """
    def snapshot(self) -> str:
        """The whole state as JSON text, for people and failing tests. Waits for every shard: not on an event loop."""
    def build_info(self) -> dict[str, str]:
        """`source_digest`, `profile`, `version` and the crypto library in use."""
    def open_room(self, room_id: str, shard: int) -> None: ...
    def close_room(self, room_id: str) -> None: ...
    def open_transport(
        self,
        transport_id: str,
        room_id: str,
        participant_id: str,
        direction: Literal["publish", "subscribe"],
        ice_ufrag: str,
        ice_pwd: str,
        remote_ufrag: str | None,
        extensions: dict[str, int],
        codecs: Sequence[CodecSpec],
        slots: Sequence[SlotSpec],
    ) -> None: ...
    def close_transport(self, transport_id: str) -> None: ...
    def send_handshake(self, transport_id: str, datagram: bytes) -> None: ...
    def install_keys(
        self,
        transport_id: str,
        profile: str,
        local_key: bytes,
        local_salt: bytes,
        remote_key: bytes,
        remote_salt: bytes,
    ) -> None:
        """SRTP keys from the DTLS exporter, once per handshake; `profile` is AEAD_AES_128_GCM or
        AES_CM_128_HMAC_SHA1_80."""
    def open_track(
        self,
        track_id: str,
        transport_id: str,
        participant_id: str,
        kind: str,
        mid: str,
        codec: CodecSpec,
        rids: Sequence[str],
        ssrcs: Sequence[tuple[int, int | None]],
        audible: bool,
        muted: bool,
    ) -> None: ...
    def close_track(self, track_id: str) -> None: ...
    def open_subscription(
        self,
        subscription_id: str,
        transport_id: str,
        slot: int,
        track_id: str,
        generation: int,
        layer_max: tuple[int, int],
        priority: int,
        paused: bool,
    ) -> None: ...
    def close_subscription(self, subscription_id: str) -> None: ...
