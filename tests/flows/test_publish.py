"""The way of a Track: offer, answer, everyone told, slots bound, mapped, muted, closed."""

from media.contract import CloseTrack, SetSubscription, SetTrack, SetTransport, TransportStats
from signaling.messages import (
    Ack,
    Error,
    Layout,
    Publish,
    Published,
    Quality,
    SlotMapped,
    SlotWish,
    SpeakersChanged,
    SubscribeOffer,
    TrackChanged,
    TrackClosed,
    TrackOffer,
    TrackPublished,
    TransportChanged,
)
from signaling.sdp import parse
from tests.flows import browser
from tests.flows.stage import Page, Stage


def commands(stage: Stage, kind: type) -> list:  # type: ignore[type-arg]
    return [command for command in stage.plane.commands if isinstance(command, kind)]


async def published_camera(stage: Stage) -> tuple[Page, Page, dict]:  # type: ignore[type-arg]
    ada = await stage.join("ada", "instructor")
    bob = await stage.join("bob")
    return ada, bob, await ada.publish("mic", "camera")


async def test_publish_is_answered_and_told() -> None:
    async with Stage() as stage:
        ada, bob, tracks = await published_camera(stage)
        told = {track.track.source: track.track for track in bob.all(TrackPublished)}
        assert {source: track.track_id for source, track in told.items()} == tracks
        assert told["camera"].layers == 3 and told["mic"].layers == 1
        specs = {spec.track_id: spec for spec in commands(stage, SetTrack)}
        assert specs[tracks["mic"]].audible and specs[tracks["mic"]].ssrcs[0].media == 1000
        assert specs[tracks["camera"]].rids == ("q", "h", "f") and not specs[tracks["camera"]].audible
        assert [m.track.source for m in ada.all(TrackPublished)] == ["mic", "camera"], "one's own are told too"
        assert ada.told.index(ada.last(Published)) < ada.told.index(ada.all(TrackPublished)[0])


async def test_chromium_and_firefox_offers() -> None:
    for offer in (browser.CHROMIUM, browser.FIREFOX):
        async with Stage() as stage:
            ada = await stage.join("ada", "instructor")
            await ada.say(Publish(id=ada.next_id(), sdp=offer, tracks=browser.MIC_AND_CAMERA))
            answer = parse(ada.last(Published).sdp)
            assert [section.media.kind for section in answer.sections] == ["audio", "video", "application"]
            assert answer.sections[2].media.port == 0


async def test_instructors_voice_is_pinned_for_everyone_else() -> None:
    async with Stage() as stage:
        ada, bob, tracks = await published_camera(stage)
        pinned = [s for s in commands(stage, SetSubscription) if s.slot == 0]
        assert [s.track_id for s in pinned] == [tracks["mic"]], "bob hears ada; ada does not hear herself"
        eve = await stage.join("eve")
        pinned = [s for s in commands(stage, SetSubscription) if s.slot == 0]
        assert len(pinned) == 2, "who comes later hears her too"
        stage.plane.happen(stage.plane.media.receive(tracks["mic"]))
        await stage.settle()
        assert bob.last(SlotMapped).mapping.track_id == tracks["mic"]
        assert eve.last(SlotMapped).mapping.slot == 0
        assert not ada.all(SlotMapped)


async def test_screen_sound_takes_the_second_slot() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        await stage.join("bob")
        tracks = await ada.publish("mic", "screen", "screen_audio")
        bound = {s.slot: s.track_id for s in commands(stage, SetSubscription)}
        assert bound == {0: tracks["mic"], 1: tracks["screen_audio"]}


async def test_layout_binds_and_maps() -> None:
    async with Stage() as stage:
        ada, bob, tracks = await published_camera(stage)
        await bob.show(s6=tracks["camera"])
        spec = commands(stage, SetSubscription)[-1]
        assert (spec.slot, spec.track_id, spec.generation, spec.layer_max.spatial) == (6, tracks["camera"], 1, 2)
        stage.plane.happen(stage.plane.media.receive(tracks["camera"]))
        await stage.settle()
        mapping = bob.last(SlotMapped).mapping
        assert (mapping.slot, mapping.generation, mapping.participant_id) == (
            6,
            1,
            ada.place and ada.place.participant_id,
        )
        await bob.show(s6=None)
        assert bob.last(SlotMapped).mapping.track_id is None
        await bob.show(s6=tracks["camera"], s7=tracks["camera"])
        assert {m.mapping.slot: m.mapping.generation for m in bob.all(SlotMapped)} == {6: 2, 7: 1}


async def test_layout_asks_no_more_than_the_tile_shows() -> None:
    async with Stage() as stage:
        _, bob, tracks = await published_camera(stage)
        for height, spatial in ((90, 0), (180, 0), (360, 1), (450, 1), (720, 2), (2160, 2), (0, 0)):
            wish = SlotWish(slot=7, track_id=tracks["camera"], width=height * 16 // 9, height=height)
            await bob.say(Layout(id=bob.next_id(), slots=(wish,)))
            bound = stage.room["people"][1]["subscribe"]["bound"]
            assert bound[7] == tracks["camera"]
            latest = [s for s in commands(stage, SetSubscription) if s.slot == 7][-1]
            assert latest.layer_max.spatial == spatial, height
        generations = {s.generation for s in commands(stage, SetSubscription) if s.slot == 7}
        assert generations == {1}, "another size is the same content"


async def test_unknown_slots_and_tracks() -> None:
    async with Stage() as stage:
        _, bob, tracks = await published_camera(stage)
        await bob.show(s0=tracks["camera"])
        assert bob.last(Error).code == "slot_unknown"
        await bob.show(s6="trk_gone")
        assert isinstance(bob.told[-1], Ack), "it may have closed while the wish was under way"
        await bob.show(s6=tracks["mic"])
        assert stage.room["people"][1]["subscribe"]["bound"].keys() == {0}, "no sound in a picture's slot"
        await bob.mute(tracks["mic"], True)
        assert bob.last(Error).code == "track_unknown"


async def test_mute_is_told_and_dropped_at_media() -> None:
    async with Stage() as stage:
        ada, bob, tracks = await published_camera(stage)
        await ada.mute(tracks["mic"], True)
        assert commands(stage, SetTrack)[-1].muted
        assert bob.last(TrackChanged).track.muted
        count = len(bob.all(TrackChanged))
        await ada.mute(tracks["mic"], True)
        assert isinstance(ada.told[-1], Ack) and len(bob.all(TrackChanged)) == count


async def test_republish_keeps_adds_and_closes() -> None:
    async with Stage() as stage:
        ada, bob, tracks = await published_camera(stage)
        again = await ada.publish("mic", "camera", "screen")
        assert {again["mic"], again["camera"]} == {tracks["mic"], tracks["camera"]}, "the same m-lines go on"
        assert bob.last(TrackPublished).track.source == "screen"
        sdp, offers = browser.publish_offer("mic", "camera", "screen")
        await ada.say(Publish(id=ada.next_id(), sdp=sdp, tracks=offers[:1]))
        assert {m.track_id for m in bob.all(TrackClosed)} == {again["camera"], again["screen"]}
        assert len(commands(stage, CloseTrack)) == 2
        answer = parse(ada.last(Published).sdp)
        assert [bool(s.has("inactive")) for s in answer.sections] == [False, True, True]
        assert all(section.media.port for section in answer.sections), "they keep their place in the bundle"


async def test_ice_restart_and_new_peer_connection() -> None:
    async with Stage() as stage:
        ada, bob, tracks = await published_camera(stage)
        first = commands(stage, SetTransport)[-1]
        assert await ada.publish("mic", "camera", ufrag="pub2") == tracks
        restarted = commands(stage, SetTransport)[-1]
        assert restarted.transport_id == first.transport_id and restarted.ice_ufrag != first.ice_ufrag
        fresh = await ada.publish("mic", "camera", fingerprint=33)
        replaced = commands(stage, SetTransport)[-1]
        assert replaced.transport_id != first.transport_id
        assert not set(fresh.values()) & set(tracks.values())
        assert {m.track_id for m in bob.all(TrackClosed)} == set(tracks.values())


async def test_roles_bound_what_may_be_published() -> None:
    async with Stage() as stage:
        eve = await stage.join("eve", "observer")
        sdp, tracks = browser.publish_offer("mic")
        await eve.say(Publish(id=eve.next_id(), sdp=sdp, tracks=tracks))
        assert eve.last(Error).code == "not_allowed"
        bob = await stage.join("bob")
        await bob.say(Publish(id=bob.next_id(), sdp="v=0\r\nnonsense", tracks=tracks))
        assert bob.last(Error).code == "bad_sdp"
        await bob.say(Publish(id=bob.next_id(), sdp=sdp, tracks=(TrackOffer(mid="0", source="camera"),)))
        assert bob.last(Error).code == "bad_sdp"


async def test_speakers_and_loudest_slots() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        bob = await stage.join("bob")
        eve = await stage.join("eve")
        mic = (await bob.publish("mic"))["mic"]
        stage.plane.happen(stage.plane.media.receive(mic))
        stage.plane.happen(stage.plane.media.speak(stage.room["room_id"], {mic: 30}))
        await stage.settle()
        assert [s.track_id for s in ada.last(SpeakersChanged).speakers] == [mic]
        assert ada.last(SlotMapped).mapping.slot == 2 and eve.last(SlotMapped).mapping.track_id == mic
        assert not bob.all(SlotMapped), "nobody hears oneself"


async def test_transport_states_reach_their_owner() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        transport_id = stage.room["people"][0]["subscribe"]["transport_id"]
        stage.plane.happen(stage.plane.media.connect(transport_id))
        stage.plane.happen(stage.plane.media.fail(transport_id))
        await stage.settle()
        assert [(m.direction, m.state) for m in ada.all(TransportChanged)] == [
            ("subscribe", "connected"),
            ("subscribe", "failed"),
        ]
        assert ada.last(SubscribeOffer).generation == 1, "the client decides what to do"


async def test_network_quality_is_told_when_it_changes_and_to_who_comes_later() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        transport_id = stage.room["people"][0]["subscribe"]["transport_id"]
        stage.plane.happen([TransportStats(transport_id=transport_id, loss_fraction_out=0.05)])
        await stage.pass_time(3.0, alive=(ada,))
        assert len(ada.all(Quality)) == 1
        bob = await stage.join("bob")
        assert ada.place is not None and bob.last(Quality).levels == {ada.place.participant_id: 2}
        stage.plane.happen([TransportStats(transport_id=transport_id)])
        await stage.pass_time(3.0, alive=(ada, bob))
        assert bob.last(Quality).levels == {}, "whoever does not stand in it is good"
