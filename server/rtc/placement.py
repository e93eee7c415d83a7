"""Which shard of which media process a Room lives on. Pure: the least loaded shard, by Rooms; ties go to the lowest
number.

A Room never moves by itself: as long as its shard exists it stays, so that a repeated question gets the same answer.
"""

from collections.abc import Iterable, Mapping, Sequence

from media.contract import ShardAddress


def place(room_id: str, shards: Sequence[ShardAddress], placed: Mapping[str, int]) -> int:
    """The shard for a Room. `placed` are the Rooms that have one. Raises `ValueError` without any shard."""
    numbers = [address.shard for address in shards]
    if not numbers:
        raise ValueError("a media process without shards cannot serve a room")
    if placed.get(room_id) in numbers:
        return placed[room_id]
    rooms = _rooms_by_shard(numbers, (shard for room, shard in placed.items() if room != room_id))
    return min(numbers, key=lambda shard: (rooms[shard], shard))


def _rooms_by_shard(numbers: Iterable[int], occupied: Iterable[int]) -> dict[int, int]:
    rooms = dict.fromkeys(numbers, 0)
    for shard in occupied:
        if shard in rooms:
            rooms[shard] += 1
    return rooms
