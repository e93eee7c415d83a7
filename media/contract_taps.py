"""The part of the link's contract that is about recording: Taps, and how far their two copies are. Users import it from
`media.contract`.
"""

from typing import Literal

from media.link_value import Layer, Struct

CopyName = Literal["a", "b"]
CopyStateName = Literal["ok", "off", "lagging", "failing"]
TAP_KEY_BYTES = 32


class SetTap(Struct, tag="set_tap", frozen=True):
    """What arrives on a Track is recorded, into both copies of `recording_id` (`docs/spool-format.md`).

    A Tap watches as a Subscription does: it records the highest layer that flows and is not over `layer_max`, from its
    key frame on. Only `layer_max` may change; anything else needs another `tap_id`. `key` seals what the Tap records:
    32 bytes, one per participant and recording, named by `key_id` in the spool, never written there. A Tap ends with
    its Track. `participant_id`, `source` and `label` (at most 256 printable ASCII characters, for control's own use)
    are written beside the records.
    """

    tap_id: str
    room_id: str
    track_id: str
    participant_id: str
    recording_id: str
    key_id: str
    key: bytes
    source: str = ""
    label: str = ""
    layer_max: Layer = Layer(spatial=2, temporal=3)
    command_id: str = ""

    def __repr__(self) -> str:
        return f"SetTap(tap_id={self.tap_id!r}, track_id={self.track_id!r}, recording_id={self.recording_id!r})"


class CloseTap(Struct, tag="close_tap", frozen=True):
    """Nothing more of the Track is recorded by this Tap; what was is written out."""

    tap_id: str
    command_id: str = ""


class CopyProgress(Struct, frozen=True):
    """How far one copy of one Tap is. Counts are of records (RTP packets and sender reports) since the Tap opened."""

    durable: int = 0
    """Records that a power cut would not take any more."""

    lost: int = 0
    """Records that this copy will never have; each is named by a gap record in it."""

    durable_utc_us: int = 0
    """Arrival of the newest durable record, in microseconds of Unix time; 0: none yet."""


class TapProgress(Struct, frozen=True):
    """One Tap of a recording: what was forwarded to the recording, and how far each copy is."""

    tap_id: str
    track_id: str
    forwarded: int
    forwarded_utc_us: int
    """Arrival of the newest record; 0: none yet."""

    a: CopyProgress
    b: CopyProgress
    open: bool = True
    """False: the Tap has ended. It is told until both copies have settled, then no more."""


class CopyState(Struct, frozen=True):
    """How one copy of a recording is. `off`: this process was told of no place for it. `lagging`: nothing is known to
    be wrong, but what waits is older than 5 s. `failing`: `code` and `text` say why; it is tried again by itself."""

    copy: CopyName
    state: CopyStateName
    code: str = ""
    """`disk_full`, `read_only`, `folder_missing`, `io_error`; of copy b also `recorder_unreachable`,
    `recorder_refused`, `recorder_silent`, and what the recorder itself tells."""

    text: str = ""
    since_utc_us: int = 0
    """When it came into this state."""

    waiting_bytes: int = 0
    """Records in memory that are not durable in this copy."""

    oldest_waiting_utc_us: int = 0
    """When the oldest of these arrived; 0: nothing waits."""


class SpoolProgress(Struct, tag="spool_progress", frozen=True):
    """How far the copies of a recording are on this process. Latest wins; each second while it has Taps or anything
    waits, and at once when a copy changes state. `settled`: every Tap has ended and nothing waits; the last one told.
    """

    recording_id: str
    at_utc_us: int
    taps: tuple[TapProgress, ...]
    copies: tuple[CopyState, ...]
    settled: bool = False
