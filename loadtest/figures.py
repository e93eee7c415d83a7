"""From what was counted to the figures of a report: one flat table, the names of which the limits use. Pure."""

from collections.abc import Sequence
from typing import Any

from loadtest.bot import Moments

Figures = dict[str, float | None]


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that this share does not exceed; None without values."""
    if not values:
        return None
    ranked = sorted(values)
    return ranked[max(0, -(-int(share * 1000) * len(ranked) // 1000) - 1)]


def figures(moments: Sequence[Moments], report: dict[str, Any], cpu: tuple[float | None, float | None]) -> Figures:
    """Everything that can be said of a run in numbers."""
    joins = [1e3 * one.connected_s for one in moments if one.connected_s is not None]
    pictures = [1e3 * one.picture_s for one in moments if one.picture_s is not None]
    bots = report["bots"].values()
    received = {kind: sum(one[f"received_{kind}"] for one in bots) for kind in ("audio", "video")}
    heard, unheard = report["sound_frames"], report["sound_frames_lost"]
    lost = report["video_packets_lost"]
    latency = worse(report["audio_latency_ms"], report["video_latency_ms"])
    found: Figures = {
        "bots": len(moments),
        "joined_percent": 100 * len(joins) / len(moments) if moments else None,
        "join_ms_p50": percentile(joins, 0.5),
        "join_ms_p95": percentile(joins, 0.95),
        "join_ms_max": max(joins, default=None),
        "picture_ms_p50": percentile(pictures, 0.5),
        "picture_ms_p95": percentile(pictures, 0.95),
        "reconnects": sum(one.reconnects for one in moments),
        "refusals": sum(len(one.refusals) for one in moments),
        "packets_sent": sum(one["sent_packets"] for one in bots),
        "packets_received": sum(received.values()),
        "packets_received_audio": received["audio"],
        "packets_received_video": received["video"],
        "sound_delivered_percent": 100 * heard / (heard + unheard) if heard + unheard else None,
        "sound_gaps": report["sound_gaps_ms"]["count"],
        "sound_gap_ms_p99": report["sound_gaps_ms"]["p99"] if heard else None,
        "sound_gap_ms_max": report["sound_gaps_ms"]["max"] if heard else None,
        "onset_clip_ms_p95": report["onset_clips_ms"]["p95"] if heard else None,
        "video_lost_percent": 100 * lost / (received["video"] + lost) if received["video"] + lost else None,
        "freezes": report["freezes_ms"]["count"] if received["video"] else None,
        "freeze_ms_max": report["freezes_ms"]["max"] if received["video"] else None,
        "latency_ms_p50": latency["p50"] if latency["count"] else None,
        "latency_ms_p99": latency["p99"] if latency["count"] else None,
        "media_cpu_percent": cpu[0],
        "control_cpu_percent": cpu[1],
        "own_lateness_ms_p99": report["own_lateness_ms"]["p99"],
    }
    for name in (
        "frames_decoded",
        "frames_undecodable",
        "frames_garbled",
        "frames_foreign",
        "keyframes_asked",
        "keyframes_sent",
        "own_send_errors",
        "own_socket_drops",
    ):
        found[name] = report[name]
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in found.items()}


def worse(audio: dict[str, float], video: dict[str, float]) -> dict[str, float]:
    """Of each percentile the higher one."""
    return {name: max(audio[name], video[name]) for name in audio}
