"""Our end of a transport in SDP: credentials, fingerprint, candidates; and the other end's, read and checked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from media.contract import Candidate, ExtensionIds, Fingerprint, RemoteParams
from server.errors import Rejected
from server.rtc.profile import EXTENSION_FIELDS
from signaling.codes import ErrorCode
from signaling.sdp import Attribute
from signaling.sdp_fields import Extmap
from signaling.sdp_media import MediaSection

ICE_PROTOCOLS = ("UDP/TLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVPF")
_TYPE_PREFERENCE_HOST = 126  # RFC 8445 section 5.1.2.2


@dataclass(frozen=True, slots=True)
class LocalPath:
    """Our credentials and addresses of one transport. The password is a secret: `repr` leaves it out."""

    ice_ufrag: str
    ice_pwd: str
    fingerprint: Fingerprint
    candidates: tuple[Candidate, ...]

    def __repr__(self) -> str:
        return f"LocalPath(ice_ufrag={self.ice_ufrag!r}, candidates={len(self.candidates)})"


def bad_sdp(text: str) -> Rejected:
    """The error for a description that parses but cannot be used."""
    return Rejected(ErrorCode.BAD_SDP.value, f"The session description cannot be used: {text}.")


def connection_line(local: LocalPath) -> str:
    """`c=` with the best candidate's address; only old readers look at it."""
    address = local.candidates[0].address if local.candidates else "0.0.0.0"
    return f"c=IN {'IP6' if ':' in address else 'IP4'} {address}"


def port_of(local: LocalPath) -> int:
    """The m-line's port: never 0, which would mean rejected; 9 (discard) while no address is known."""
    return local.candidates[0].port if local.candidates else 9


def path_attributes(local: LocalPath, setup: str) -> list[Attribute]:
    """Credentials and candidates; they stand in every section, since aiortc reads them there."""
    lines = [
        Attribute("ice-ufrag", local.ice_ufrag),
        Attribute("ice-pwd", local.ice_pwd),
        Attribute("fingerprint", f"{local.fingerprint.algorithm} {local.fingerprint.value}"),
        Attribute("setup", setup),
    ]
    for index, candidate in enumerate(local.candidates):
        lines.append(Attribute("candidate", _candidate_text(index, candidate)))
    lines.append(Attribute("end-of-candidates"))
    return lines


def _candidate_text(index: int, candidate: Candidate) -> str:
    """RFC 8839 section 5.1; priority of RFC 8445 section 5.1.2.1 with the local preference falling in our order."""
    priority = (_TYPE_PREFERENCE_HOST << 24) | ((65535 - index) << 8) | 255
    tail = " tcptype passive" if candidate.protocol == "tcp" else ""
    return f"{index + 1} 1 {candidate.protocol} {priority} {candidate.address} {candidate.port} typ host{tail}"


def session_head(number: int, version: int) -> tuple[str, ...]:
    """The session's lines before its attributes. The address says nothing, as in all browsers."""
    return ("v=0", f"o=- {number} {version} IN IP4 127.0.0.1", "s=-", "t=0 0")


def session_attributes(mids: Sequence[str], *, allow_mixed: bool) -> tuple[Attribute, ...]:
    lines = [Attribute("ice-lite"), Attribute("group", " ".join(("BUNDLE", *mids)))]
    if allow_mixed:
        lines.append(Attribute("extmap-allow-mixed"))
    lines.append(Attribute("msid-semantic", " WMS *"))
    return tuple(lines)


def read_remote(sections: Sequence[MediaSection], *, setups: Sequence[str]) -> RemoteParams:
    """The browser's end. All bundled sections must say the same (RFC 8843 section 7.1.3 keeps them in the first)."""
    first = sections[0]
    if first.ice_ufrag is None or first.ice_pwd is None:
        raise bad_sdp("ICE credentials are missing")
    if not first.fingerprints:
        raise bad_sdp("the fingerprint is missing")
    if first.setup not in setups:
        raise bad_sdp(f"setup must be {' or '.join(setups)}")
    for section in sections:
        if section.ice_ufrag not in (None, first.ice_ufrag) or section.ice_pwd not in (None, first.ice_pwd):
            raise bad_sdp("bundled sections have different ICE credentials")
        if section.fingerprints and set(section.fingerprints) != set(first.fingerprints):
            raise bad_sdp("bundled sections have different fingerprints")
    prints = tuple(Fingerprint(algorithm=line.algorithm, value=line.value) for line in first.fingerprints)
    return RemoteParams(ice_ufrag=first.ice_ufrag, ice_pwd=first.ice_pwd, fingerprints=prints)


def check_rtp(section: MediaSection) -> None:
    """What every live RTP section must have."""
    if section.protocol not in ICE_PROTOCOLS:
        raise bad_sdp("the protocol of a media section is not RTP over DTLS")
    if not section.rtcp_mux:
        raise bad_sdp("rtcp-mux is missing")


def extension_ids(extensions: Iterable[Extmap]) -> ExtensionIds:
    """One id per extension on the whole transport; 15 is reserved (RFC 8285 section 4.2), over 255 does not exist."""
    found: dict[str, int] = {}
    for extmap in extensions:
        field = EXTENSION_FIELDS.get(extmap.uri)
        if field is None:
            continue
        if extmap.extension_id == 15 or extmap.extension_id > 255:
            raise bad_sdp("a header extension has an id that packets cannot carry")
        if found.setdefault(field, extmap.extension_id) != extmap.extension_id:
            raise bad_sdp("a header extension has two ids in one bundle")
    if len(set(found.values())) != len(found):
        raise bad_sdp("two header extensions have the same id")
    return ExtensionIds(**found)
