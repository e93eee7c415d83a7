"""DTLS handshakes with browsers. The only file that touches aiortc's private names (the version is pinned).

The engine hands up the DTLS datagrams of a proven address pair; aiortc's transport answers over a shim. We are always
the server, so our order of SRTP profiles wins. When the handshake is done and the browser's certificate is the one its
SDP named, the keys go down once; the transport stays to repeat its last flight if the browser asks for it
(RFC 6347 section 4.2.4).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

import structlog
from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcdtlstransport import SRTP_AEAD_AES_128_GCM, SRTP_AES128_CM_SHA1_80, SRTPProtectionProfile, State

from media.contract import Fingerprint

# GCM first: one pass instead of two, and 1 to 2 us less a packet.
PROFILES = {SRTP_AEAD_AES_128_GCM: "AEAD_AES_128_GCM", SRTP_AES128_CM_SHA1_80: "AES_CM_128_HMAC_SHA1_80"}
EXPORTER_LABEL = b"EXTRACTOR-dtls_srtp"  # RFC 5764 section 4.2

HANDSHAKES_MAX = 128
"""At a time; each costs this thread 1.4 ms in two or three pieces. The others wait, and DTLS repeats what they miss."""

HANDSHAKE_TIMEOUT_S = 20.0
"""With 10 % loss and 100 ms round trip the worst of a dozen took 1.7 s; DTLS backs off 1, 2, 4, 8 s."""

DATAGRAMS_MAX = 16
"""Waiting for one transport. A ClientHello has two; a browser repeats what is dropped."""

_log = structlog.get_logger("handshake")


class HandshakeDoor(Protocol):
    """What a handshake needs of the native plane."""

    def send_handshake(self, transport_id: str, datagram: bytes) -> None: ...

    def install_keys(
        self,
        transport_id: str,
        profile: str,
        local_key: bytes,
        local_salt: bytes,
        remote_key: bytes,
        remote_salt: bytes,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Keys:
    """What `install_keys` takes."""

    profile: str
    local_key: bytes
    local_salt: bytes
    remote_key: bytes
    remote_salt: bytes


class Certificate(RTCCertificate):
    """This process's certificate, with the one OpenSSL context that all its handshakes share."""

    _shared: Any = None

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> Any:
        # The profiles are the same for every handshake of ours.
        if self._shared is None:
            self._shared = super()._create_ssl_context(srtp_profiles)
        return self._shared

    def fingerprint(self) -> Fingerprint:
        """As SDP states it."""
        found = next(one for one in self.getFingerprints() if one.algorithm == "sha-256")
        return Fingerprint(algorithm=found.algorithm, value=found.value)


class _Shim:
    """The transport under aiortc's DTLS: datagrams from and to the engine."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send_down = send
        self._waiting: deque[bytes] = deque()
        self._arrived = asyncio.Event()
        self._closed = False

    def put(self, datagram: bytes) -> bool:
        """False: dropped, because so many wait already."""
        if self._closed or len(self._waiting) >= DATAGRAMS_MAX:
            return False
        self._waiting.append(datagram)
        self._arrived.set()
        return True

    def close(self) -> None:
        self._closed = True
        self._arrived.set()

    @property
    def is_empty(self) -> bool:
        return not self._waiting

    async def _recv(self) -> bytes:
        while not self._waiting:
            if self._closed:
                raise ConnectionError("closed")
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    async def _send(self, data: bytes) -> None:
        self._send_down(data)


class _Dtls(RTCDtlsTransport):
    """aiortc's DTLS as a server that exports its keys and leaves SRTP to the engine."""

    def __init__(self, shim: _Shim, certificate: Certificate) -> None:
        super().__init__(cast(Any, shim), [certificate])
        self._srtp_profiles = list(PROFILES)
        self._set_role("server")
        self.keys: Keys | None = None

    def _setup_srtp(self) -> None:
        assert self._ssl is not None  # `start` made it before it calls this
        name = self._ssl.get_selected_srtp_profile()
        profile = next((one for one in PROFILES if one.openssl_profile == name), None)
        if profile is None:
            self._set_state(State.FAILED)
            return
        key, salt = profile.key_length, profile.salt_length
        exported = self._ssl.export_keying_material(EXPORTER_LABEL, 2 * (key + salt))
        # Client key, server key, client salt, server salt; the browser is the client.
        self.keys = Keys(
            profile=PROFILES[profile],
            remote_key=exported[:key],
            local_key=exported[key : 2 * key],
            remote_salt=exported[2 * key : 2 * key + salt],
            local_salt=exported[2 * key + salt :],
        )

    def abandon(self) -> None:
        """End without an alert: whoever closes a transport has told the browser by other ways."""
        if self._task is not None:
            self._task.cancel()


class _Handshake:
    """One transport's handshake, from its opening to its close."""

    def __init__(self, transport_id: str, send: Callable[[bytes], None]) -> None:
        self.transport_id = transport_id
        self.shim = _Shim(send)
        self.remote: tuple[Fingerprint, ...] | None = None
        self.task: asyncio.Task[None] | None = None
        self.dtls: _Dtls | None = None


class Handshakes:
    """The handshakes of this process, by transport."""

    def __init__(
        self,
        door: HandshakeDoor,
        certificate: Certificate,
        on_end: Callable[[str, str, str], None],
        timeout_s: float = HANDSHAKE_TIMEOUT_S,
        handshakes_max: int = HANDSHAKES_MAX,
    ) -> None:
        """`on_end(transport_id, state, reason)`: a handshake failed (`failed`), or the browser ended a finished one
        (`closed`)."""
        self._door = door
        self._certificate = certificate
        self._on_end = on_end
        self._timeout_s = timeout_s
        self._running = asyncio.Semaphore(handshakes_max)
        self._handshakes: dict[str, _Handshake] = {}
        self.counters = {
            "handshakes_started": 0,
            "handshakes_completed": 0,
            "handshakes_failed": 0,
            "handshake_datagrams_dropped": 0,
        }

    def open(self, transport_id: str) -> None:
        """A transport exists; its browser may begin before its answer has come."""
        if transport_id not in self._handshakes:
            self._handshakes[transport_id] = _Handshake(
                transport_id, lambda datagram: self._send_down(transport_id, datagram)
            )

    def set_remote(self, transport_id: str, fingerprints: tuple[Fingerprint, ...]) -> bool:
        """What the browser's SDP says of its certificate. False when the handshake has begun with something else: a
        browser with another certificate needs another transport."""
        handshake = self._handshakes[transport_id]
        if handshake.task is not None:
            return handshake.remote == fingerprints
        handshake.remote = fingerprints
        self._start_if_ready(handshake)
        return True

    def take(self, transport_id: str, datagram: bytes) -> None:
        """A DTLS datagram from the browser."""
        handshake = self._handshakes.get(transport_id)
        if handshake is None or not handshake.shim.put(datagram):
            self.counters["handshake_datagrams_dropped"] += 1
            return
        self._start_if_ready(handshake)

    def close(self, transport_id: str) -> None:
        """The transport is gone. Unknown: nothing happens."""
        handshake = self._handshakes.pop(transport_id, None)
        if handshake is None:
            return
        handshake.shim.close()
        if handshake.task is not None:
            handshake.task.cancel()
        if handshake.dtls is not None:
            handshake.dtls.abandon()

    async def stop(self) -> None:
        """End all, and wait until they have ended."""
        tasks = [handshake.task for handshake in self._handshakes.values() if handshake.task is not None]
        for transport_id in tuple(self._handshakes):
            self.close(transport_id)
        await asyncio.gather(*tasks, return_exceptions=True)

    def snapshot(self) -> dict[str, int]:
        begun = [handshake for handshake in self._handshakes.values() if handshake.task is not None]
        running = sum(not handshake.task.done() for handshake in begun if handshake.task is not None)
        return {"transports": len(self._handshakes), "begun": len(begun), "running": running, **self.counters}

    def _start_if_ready(self, handshake: _Handshake) -> None:
        if handshake.task is None and handshake.remote and not handshake.shim.is_empty:
            # Owned by `_handshakes`, ended by `close` or `stop`.
            handshake.task = asyncio.get_running_loop().create_task(
                self._run(handshake, handshake.remote), name="handshake"
            )

    async def _run(self, handshake: _Handshake, remote: tuple[Fingerprint, ...]) -> None:
        transport_id = handshake.transport_id
        async with self._running:
            self.counters["handshakes_started"] += 1
            dtls = handshake.dtls = _Dtls(handshake.shim, self._certificate)
            parameters = RTCDtlsParameters(
                fingerprints=[RTCDtlsFingerprint(algorithm=one.algorithm, value=one.value) for one in remote]
            )
            try:
                async with asyncio.timeout(self._timeout_s):
                    await dtls.start(parameters)
            except TimeoutError:
                self._fail(transport_id, "dtls_timeout")
                return
            except Exception:
                # Foreign bytes went through OpenSSL and aiortc: whatever they raise ends this transport only.
                _log.exception("handshake_fault", transport_id=transport_id)
                self._fail(transport_id, "dtls_fault")
                return
        if dtls.state != "connected" or dtls.keys is None:
            self._fail(transport_id, "dtls_failed")
            return
        dtls.on("statechange", lambda: self._ended(transport_id, dtls))
        await self._install(transport_id, dtls.keys)

    async def _install(self, transport_id: str, keys: Keys) -> None:
        # A full command queue empties in milliseconds; without keys the transport would be dead.
        for pause_s in (0.01, 0.05, 0.2, 1.0, None):
            try:
                self._door.install_keys(
                    transport_id, keys.profile, keys.local_key, keys.local_salt, keys.remote_key, keys.remote_salt
                )
            except BlockingIOError:
                if pause_s is None:
                    self._fail(transport_id, "busy")
                    return
                await asyncio.sleep(pause_s)
            except (ValueError, RuntimeError):
                return  # closed meanwhile
            else:
                break
        self.counters["handshakes_completed"] += 1
        _log.info("handshake_completed", transport_id=transport_id, profile=keys.profile)

    def _fail(self, transport_id: str, reason: str) -> None:
        self.counters["handshakes_failed"] += 1
        _log.warning("handshake_failed", transport_id=transport_id, reason=reason)
        self._on_end(transport_id, "failed", reason)

    def _ended(self, transport_id: str, dtls: _Dtls) -> None:
        handshake = self._handshakes.get(transport_id)
        if dtls.state == "closed" and handshake is not None and handshake.dtls is dtls:
            self._on_end(transport_id, "closed", "closed by the other side")

    def _send_down(self, transport_id: str, datagram: bytes) -> None:
        try:
            self._door.send_handshake(transport_id, datagram)
        except BlockingIOError:
            self.counters["handshake_datagrams_dropped"] += 1
        except (ValueError, RuntimeError) as error:
            raise ConnectionError("the transport is gone") from error
