"""Union, clock and frames by themselves: what is in any copy is there, what is in none is named, and when it was."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from recorder.recording.columns import Columns
from recorder.recording.frames import Losses, Piece, frames_of, opus_duration_ms
from recorder.recording.inspect import inspect
from recorder.recording.mux import h264_size, mux
from recorder.recording.timeline import NTP_UNIX_S, SenderReport, publisher_clock, server_times
from recorder.recording.union import lost_numbers, unite, unwrapped

S = 1_000_000_000


def columns(numbers: list[int]) -> Columns:
    made = Columns()
    for number in numbers:
        made.add(number, number * 1000, number)
    return made


numbers = st.lists(st.integers(0, 200), max_size=80)


@given(numbers, numbers)
def test_the_union_has_everything_once_and_names_every_hole(a: list[int], b: list[int]) -> None:
    if not a and not b:
        with pytest.raises(ValueError):
            unite([columns(a), columns(b)])
        return
    union = unite([columns(a), columns(b)])
    assert union.packets.seq.tolist() == sorted({*a, *b})
    holes = {number for hole in union.never_arrived for number in range(hole.first, hole.last + 1)}
    assert holes == set(range(min([*a, *b]), max([*a, *b]))) - {*a, *b}
    assert union.only_in == (len({*a} - {*b}), len({*b} - {*a}))


@given(st.sets(st.integers(0, 60)), st.integers(0, 80) | st.none())
def test_lost_records_are_all_that_nobody_has(seen: set[int], records: int | None) -> None:
    lost = lost_numbers(sorted(seen), [1] * len(seen), records)
    end = max(records or 0, max(seen, default=-1) + 1)
    assert {n for hole in lost for n in range(hole.first, hole.last + 1)} == set(range(end)) - seen


@given(st.lists(st.integers(-90_000, 90_000), min_size=1, max_size=50), st.integers(0, (1 << 32) - 1))
def test_timestamps_run_on_past_their_wrap(steps: list[int], first: int) -> None:
    true = first + np.concatenate(([0], np.cumsum(steps)))
    assert (unwrapped(true % (1 << 32)) - first).tolist() == (true - first).tolist()


def report(arrival_ns: int, wall_ns: int, timestamp: int) -> SenderReport:
    seconds, rest = divmod(wall_ns, S)
    return SenderReport(arrival_ns, (seconds + NTP_UNIX_S) << 32 | (rest << 32) // S, timestamp % (1 << 32))


def test_sound_and_picture_meet_whatever_the_network_did() -> None:
    """A publisher an hour ahead; reports of the camera come 300 ms late, of the mic 5 ms; both crystals drift."""
    hour = 3600 * S
    mic = [report(t * S + 5_000_000, hour + t * S, 1000 + t * 48_002) for t in range(0, 120, 5)]
    camera = [report(t * S + 300_000_000, hour + t * S, 7000 + t * 89_995) for t in range(0, 120)]
    clock = publisher_clock([*mic, *camera])
    at = np.arange(0, 118, dtype=np.int64)
    heard = server_times(1000 + at * 48_002, at * S, mic, clock, 48_000)
    seen = server_times(7000 + at * 89_995, at * S, camera, clock, 90_000)
    assert np.abs(heard - seen).max() < 1_000_000
    assert np.abs(heard - at * S - 5_000_000).max() < 1_000_000


def test_without_reports_the_least_delayed_arrival_counts() -> None:
    timestamps = np.arange(0, 48_000, 960, dtype=np.int64)
    late = np.where(np.arange(len(timestamps)) % 3 == 0, 0, 80_000_000)
    arrivals = 7 * S + timestamps * S // 48_000 + late
    times = server_times(timestamps, arrivals, [], None, 48_000)
    assert np.abs(times - 7 * S - timestamps * S // 48_000).max() < 1000


def piece(seq: int, timestamp: int, payload: bytes, marker: bool = False) -> Piece:
    return Piece(seq, timestamp, timestamp * 1000, marker, payload)


def test_half_a_frame_is_left_out_and_counted() -> None:
    key = b"\x10" + bytes([0x10]) + b"\x00\x00\x9d\x01\x2a\x80\x02\xe0\x01rest"
    losses = Losses()
    pieces = [
        piece(1, 10, key),
        piece(2, 10, b"\x00more", True),
        piece(3, 20, b"\x10\x01a"),
        piece(5, 20, b"\x00c", True),  # 4 is missing
        piece(6, 30, b"\x00tail", True),  # its begin is missing
        piece(7, 40, b"\x10\x01whole", True),
        piece(8, 50, b"\x90"),  # says that more follows, and ends
    ]
    frames = list(frames_of("vp8", pieces, losses))
    assert [(frame.timestamp, frame.key, frame.size) for frame in frames] == [
        (10, True, (640, 480)),
        (40, False, None),
    ]
    assert losses.frames_incomplete == 3 and losses.payloads_malformed == 1


@given(st.sampled_from(["vp8", "h264", "opus"]), st.lists(st.tuples(st.binary(max_size=12), st.booleans())))
def test_no_payload_breaks_the_reading(codec: str, payloads: list[tuple[bytes, bool]]) -> None:
    pieces = [piece(n, n // 3, payload, marker) for n, (payload, marker) in enumerate(payloads)]
    for frame in frames_of(codec, pieces, Losses()):
        assert frame.payload


@pytest.mark.parametrize(
    ("payload", "ms"), [(b"\x78", 20), (b"\xf8x", 20), (b"\x79x", 40), (b"\x7b\x03", 60), (b"", 0)]
)
def test_how_long_a_packet_of_opus_sounds(payload: bytes, ms: float) -> None:
    assert opus_duration_ms(payload) == ms


def h264_pieces(seconds: float) -> list[Piece]:
    """H264 as browsers send it: parameter sets together in one packet, large units in fragments."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 160, 120, "yuv420p", Fraction(1, 15)
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "g": "15"}
    found: list[Piece] = []
    for number in range(int(seconds * 15)):
        pixels = np.full((120, 160, 3), 90, dtype=np.uint8)
        pixels[:, number % 160] = 255
        frame = VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 15)
        for packet in encoder.encode(frame):
            units = [
                u.rstrip(b"\x00")
                for u in bytes(packet).replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
            ]
            payloads: list[bytes] = []
            sets = [unit for unit in units if unit and unit[0] & 0x1F in (6, 7, 8)]
            if sets:
                payloads.append(b"\x18" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in sets))
            for unit in (unit for unit in units if unit and unit[0] & 0x1F in (1, 5)):
                parts = [unit[1:][at : at + 200] for at in range(0, len(unit) - 1, 200)]
                for place, part in enumerate(parts):
                    head = (0x80 if place == 0 else 0) | (0x40 if place == len(parts) - 1 else 0) | unit[0] & 0x1F
                    payloads.append(bytes([unit[0] & 0xE0 | 28, head]) + part)
            for place, payload in enumerate(payloads):
                last = place == len(payloads) - 1
                found.append(Piece(len(found), number * 6000, number * S // 15, last, payload))
    return found


def test_h264_goes_into_mp4_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    losses = Losses()
    frames = list(frames_of("h264", h264_pieces(2.0), losses))
    assert frames[0].key and h264_size(frames[0].payload) == (160, 120) and losses == Losses()
    written = mux("h264", frames, path)
    assert written is not None and written.frames == 30
    found = inspect(path)
    assert (found.frames, found.error, found.black) == (30, "", False)
