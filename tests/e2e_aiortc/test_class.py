"""A class with two aiortc endpoints through the real server: sound and picture both ways, mute, away, resume, leave."""

import json
import os
import signal

import pytest

from signaling.messages import (
    MediaReset,
    ParticipantChanged,
    ParticipantLeft,
    Resume,
    SlotMapped,
    SpeakersChanged,
    SubscribeOffer,
    TrackChanged,
    TransportChanged,
    Welcome,
)
from tests.e2e_aiortc.client import Client
from tests.e2e_aiortc.conftest import Product

pytestmark = pytest.mark.timeout(120)


async def test_two_people_see_and_hear_each_other(product: Product) -> None:
    async with Client(product.instructor) as ada, Client(product.student) as bob:
        ada_id = (await ada.enter()).participant_id
        bob_id = (await bob.enter()).participant_id
        await ada.publish(brightness=200)
        await bob.publish(brightness=60)
        await bob.show({6: await bob.track_of(ada_id, "camera")})
        await ada.show({6: await ada.track_of(bob_id, "camera")})
        # Pictures: the main slot shows the other one's colour.
        await bob.until(lambda: abs(bob.heard["v0"].brightness - 200) < 30)
        await ada.until(lambda: abs(ada.heard["v0"].brightness - 60) < 30)
        # Sound: the instructor in the pinned slot, the student among the loudest.
        await bob.until(lambda: bob.heard["a0"].level > 1000)
        await ada.until(lambda: any(ada.heard[mid].level > 1000 for mid in ("a2", "a3", "a4", "a5")))
        await bob.until(
            lambda: any(m.mapping.slot == 6 and m.mapping.participant_id == ada_id for m in bob.all(SlotMapped))
        )
        await bob.until(lambda: any(m.state == "connected" for m in bob.all(TransportChanged)))
        # Who is muted is neither seen nor heard.
        await bob.mute(await ada.track_of(bob_id, "mic"), True)
        await ada.until(lambda: ada.all(TrackChanged))
        await bob.leave()
        left = await ada.until(lambda: ada.all(ParticipantLeft))
        assert left[0].reason == "left"


async def test_away_and_resumed_while_media_goes_on(product: Product) -> None:
    async with Client(product.instructor) as ada, Client(product.student) as bob:
        await ada.enter()
        welcome = await bob.enter()
        await ada.publish()
        await bob.until(lambda: bob.heard and bob.heard["a0"].level > 1000)
        assert bob._socket is not None
        await bob._socket.close()
        await ada.until(lambda: [m for m in ada.all(ParticipantChanged) if m.participant.presence == "away"])
        frames = bob.heard["a0"].frames
        await bob.until(lambda: bob.heard["a0"].frames > frames + 25)
        again = await bob.enter(resume=Resume(token=welcome.resume_token, seq=bob.seq))
        assert again.resumed
        await ada.until(lambda: ada.all(ParticipantChanged)[-1].participant.presence == "here")


async def test_replaced_transports_come_back_on_the_same_page(product: Product) -> None:
    async with Client(product.instructor) as ada, Client(product.student) as bob:
        await ada.enter()
        await bob.enter()
        await ada.publish()
        await bob.until(lambda: bob.heard and bob.heard["a0"].level > 1000)
        await ada.replace_transports()
        await ada.until(lambda: ada.all(MediaReset))
        await ada.publish(brightness=10)
        frames = bob.heard["a0"].frames
        await bob.until(lambda: bob.heard["a0"].frames > frames + 25)


async def test_media_process_killed_comes_back_on_the_same_page(product: Product) -> None:
    async with Client(product.instructor) as ada, Client(product.student) as bob:
        await ada.enter()
        await bob.enter()
        await ada.publish()
        await bob.until(lambda: bob.heard and bob.heard["a0"].level > 1000)
        os.kill(product.media_pid(), signal.SIGKILL)
        for page in (ada, bob):
            resets = await page.until(lambda page=page: page.all(MediaReset))  # type: ignore[misc]
            assert resets[0].reason == "media_replaced"
        await ada.publish()
        await bob.until(lambda: bob.heard and bob.heard["a0"].level > 1000)
        assert len(bob.all(Welcome)) == 1 and len(bob.all(SubscribeOffer)) == 2


async def test_a_speaker_is_named(product: Product) -> None:
    async with Client(product.instructor) as ada, Client(product.student) as bob:
        await ada.enter()
        bob_id = (await bob.enter()).participant_id
        await bob.publish()
        speakers = await ada.until(lambda: [m for m in ada.all(SpeakersChanged) if m.speakers])
        assert speakers[0].speakers[0].participant_id == bob_id
        assert json.loads(json.dumps(speakers[0].speakers[0].level_dbov)) < 127
