"""A report as rtpbot gives it."""

from typing import Any


def spread(count: int = 0, worst: float = 0.0) -> dict[str, Any]:
    return {"count": count, "p50": worst, "p95": worst, "p99": worst, "max": worst}


def counted(**changed: Any) -> dict[str, Any]:
    """One bot that sent a little and received a little; `changed` stands in place of some of it."""
    bot = {"sent_packets": 10, "received_audio": 5, "received_video": 7, "frames": 3, "freezes": 0}
    return {
        "bots": {"0": bot},
        "audio_latency_ms": spread(5, 0.4),
        "video_latency_ms": spread(7, 0.6),
        "sound_frames": 100,
        "sound_frames_lost": 0,
        "sound_gaps_ms": spread(),
        "onset_clips_ms": spread(),
        "video_packets_lost": 0,
        "frames_decoded": 3,
        "frames_undecodable": 0,
        "frames_garbled": 0,
        "frames_foreign": 0,
        "freezes_ms": spread(),
        "pictures_first_ms": spread(1, 80),
        "keyframes_asked": 0,
        "keyframes_sent": 2,
        "own_lateness_ms": spread(10, 0.2),
        "own_send_errors": 0,
        "own_socket_drops": 0,
        **changed,
    }
