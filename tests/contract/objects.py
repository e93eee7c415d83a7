"""Rooms, transports, Tracks and Subscriptions as control would ask for them."""

from media.contract import (
    Codec,
    ExtensionIds,
    SetRoom,
    SetSubscription,
    SetTrack,
    SetTransport,
    SlotSpec,
    WantedState,
)

OPUS = Codec(name="opus", payload_type=111, clock_rate_hz=48000)
VP8 = Codec(name="vp8", payload_type=96, clock_rate_hz=90000, rtx_payload_type=97, nack=True)
SLOTS = (
    SlotSpec(slot=0, mid="a0", kind="audio", mode="bound", ssrc=1000),
    SlotSpec(slot=1, mid="a1", kind="audio", mode="loudest", ssrc=1001),
    SlotSpec(slot=2, mid="v0", kind="video", mode="bound", ssrc=1002, rtx_ssrc=1003),
)

ROOM = SetRoom(room_id="rom_1", shard=0, command_id="cmd_room")
PUBLISH = SetTransport(
    transport_id="trn_pub",
    room_id="rom_1",
    participant_id="par_1",
    direction="publish",
    ice_ufrag="ufragpub",
    ice_pwd="p" * 24,
    extensions=ExtensionIds(mid=1, rid=2, repaired_rid=3),
    codecs=(OPUS, VP8),
    command_id="cmd_publish",
)
SUBSCRIBE = SetTransport(
    transport_id="trn_sub",
    room_id="rom_1",
    participant_id="par_2",
    direction="subscribe",
    ice_ufrag="ufragsub",
    ice_pwd="q" * 24,
    extensions=ExtensionIds(mid=1),
    codecs=(OPUS, VP8),
    slots=SLOTS,
    command_id="cmd_subscribe",
)
CAMERA = SetTrack(
    track_id="trk_cam",
    transport_id="trn_pub",
    participant_id="par_1",
    kind="video",
    mid="1",
    codec=VP8,
    rids=("q", "h", "f"),
    command_id="cmd_camera",
)
MIC = SetTrack(
    track_id="trk_mic",
    transport_id="trn_pub",
    participant_id="par_1",
    kind="audio",
    mid="0",
    codec=OPUS,
    audible=True,
    command_id="cmd_mic",
)
WATCH = SetSubscription(
    subscription_id="sub_1", transport_id="trn_sub", slot=2, track_id="trk_cam", generation=1, command_id="cmd_watch"
)
ALL = (ROOM, PUBLISH, SUBSCRIBE, CAMERA, MIC, WATCH)
WANTED = WantedState(rooms=(ROOM,), transports=(PUBLISH, SUBSCRIBE), tracks=(CAMERA, MIC), subscriptions=(WATCH,))
