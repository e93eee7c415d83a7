"""The media process is lost: new transports under the same page; a Room that faults too often goes on without media."""

from server.rtc.fake_plane import FakeMedia
from signaling.messages import (
    Error,
    MediaReset,
    Publish,
    Published,
    SubscribeOffer,
    TrackClosed,
    TrackPublished,
    Welcome,
)
from tests.flows import browser
from tests.flows.stage import Stage


async def test_everyone_starts_media_anew_on_the_same_page() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        tracks = await ada.publish("mic", "camera")
        await bob.show(s6=tracks["camera"])
        media = FakeMedia("med_2")
        stage.plane.replace_media(media)
        await stage.settle()
        for page in (ada, bob):
            assert page.last(MediaReset).reason == "media_replaced"
            offer = page.last(SubscribeOffer)
            assert offer.fresh and offer.generation == 2
            assert page.told.index(page.last(MediaReset)) < page.told.index(offer)
            assert len(page.all(Welcome)) == 1
        assert {m.track_id for m in bob.all(TrackClosed)} == set(tracks.values())
        await ada.answer()
        await bob.answer()
        again = await ada.publish("mic", "camera", fingerprint=44)
        assert {m.track.track_id for m in bob.all(TrackPublished)[-2:]} == set(again.values())
        await bob.show(s6=again["camera"])
        assert set(media.tracks) == set(again.values())
        assert {s.slot for s in media.subscriptions.values()} == {0, 6}


async def test_a_room_that_faults_gets_new_transports() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        room_id = stage.room["room_id"]
        stage.plane.happen(stage.plane.media.fault(room_id))
        await stage.settle()
        assert ada.last(MediaReset).reason == "room_faulted"
        assert ada.last(SubscribeOffer).generation == 2
        assert stage.plane.media.transports


async def test_a_room_that_faults_again_and_again_is_left_without_media() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        room_id = stage.room["room_id"]
        for _ in range(4):
            stage.plane.happen(stage.plane.media.fault(room_id))
            await stage.settle()
        assert ada.last(Error).code == "media_unavailable"
        assert stage.room["media_given_up"] and ada.last(SubscribeOffer).generation == 4
        sdp, tracks = browser.publish_offer("mic")
        await ada.say(Publish(id=ada.next_id(), sdp=sdp, tracks=tracks))
        assert ada.last(Error).code == "media_unavailable" and not ada.all(Published)
