"""Somebody's part was deleted: the common sound is mixed anew from the published files of the others."""

import os
import sys
from pathlib import Path

import msgspec

from recorder.contract import MixRemade, RemakeMix
from recorder.recording.mix import Voice, mix
from recorder.recording.publish import Publisher
from recorder.recording.work import MIX_NAME, describe


class Remix(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order with where to work and where files are."""

    order: RemakeMix
    scratch: str
    store_url: str
    niceness: int


def run(work: Remix) -> MixRemade:
    """Fetch, mix, replace. Raises `OSError` when the store is not there."""
    order = work.order
    scratch = Path(work.scratch)
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    publisher = Publisher(work.store_url, order.org_id, order.recording_id)
    voices = []
    for voice in order.voices:
        path = scratch / Path(voice.name).name
        publisher.fetch(voice.name, path)
        voices.append(Voice(path, voice.start_s))
    if not voices:
        return MixRemade(order.recording_id, None)
    path = scratch / MIX_NAME
    mix(voices, order.duration_s, path)
    made = describe(path, "audio/webm", 0.0, order.duration_s)
    publisher.replace(made, path)
    return MixRemade(order.recording_id, made)


def main() -> int:
    """One remix from stdin; 0 done, 1 to be tried again."""
    work = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Remix)
    os.nice(work.niceness)
    try:
        news = run(work)
    except OSError as error:
        print(f"{type(error).__name__}: {error}"[:500], file=sys.stderr)  # noqa: T201
        return 1
    sys.stdout.buffer.write(msgspec.json.encode(news) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
