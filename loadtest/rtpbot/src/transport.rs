//! One WebRTC transport: str0m's state machine on a UDP socket of its own, as each browser has one.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use str0m::change::{SdpAnswer, SdpOffer};
use str0m::media::Mid;
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpPacket, Ssrc};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};

const DATAGRAM_LEN_MAX: usize = 2048;
/// Datagrams taken from one socket before others have their turn.
const READ_MAX: usize = 64;

/// What a transport has to say after it was driven.
pub enum Said {
    State(&'static str),
    KeyframeAsked(Mid, Option<String>),
    Packet(Mid, Box<RtpPacket>),
}

pub struct Transport {
    pub rtc: Rtc,
    pub socket: UdpSocket,
    pub connected: bool,
    pub failed: bool,
    pub send_errors: u64,
    local: SocketAddr,
    deadline: Instant,
    mids: HashMap<Ssrc, Mid>,
    buffer: Vec<u8>,
}

impl Transport {
    /// A socket on a free port of `bind`, with its candidate in place.
    pub fn new(bind: IpAddr, now: Instant) -> Result<Transport, String> {
        let socket =
            UdpSocket::bind(SocketAddr::new(bind, 0)).map_err(|error| error.to_string())?;
        let local = socket.local_addr().map_err(|error| error.to_string())?;
        let mut rtc = RtcConfig::new()
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .set_rtp_mode(true)
            .set_stats_interval(None)
            .build(now);
        let candidate = Candidate::host(local, "udp").map_err(|error| error.to_string())?;
        rtc.add_local_candidate(candidate);
        // Without it the server's estimator has nothing to go by; str0m leaves it to the application.
        rtc.direct_api().enable_twcc_feedback();
        Ok(Transport {
            rtc,
            socket,
            connected: false,
            failed: false,
            send_errors: 0,
            local,
            deadline: now,
            mids: HashMap::new(),
            buffer: vec![0; DATAGRAM_LEN_MAX],
        })
    }

    /// When `tick` is to be called at the latest.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    pub fn local_port(&self) -> u16 {
        self.local.port()
    }

    pub fn answer(&mut self, sdp: &str) -> Result<String, String> {
        // The protocol wants `setup:active` of an answer; given the choice, str0m takes the other.
        let sdp = sdp.replace("a=setup:actpass", "a=setup:passive");
        let offer = SdpOffer::from_sdp_string(&sdp).map_err(|error| error.to_string())?;
        let answer = self.rtc.sdp_api().accept_offer(offer);
        self.deadline = Instant::now();
        answer
            .map(|answer| answer.to_sdp_string())
            .map_err(|error| error.to_string())
    }

    pub fn accept(
        &mut self,
        pending: str0m::change::SdpPendingOffer,
        sdp: &str,
    ) -> Result<(), String> {
        let answer = SdpAnswer::from_sdp_string(sdp).map_err(|error| error.to_string())?;
        self.deadline = Instant::now();
        let accepted = self.rtc.sdp_api().accept_answer(pending, answer);
        accepted.map_err(|error| error.to_string())
    }

    /// Time passes; what was written goes out.
    pub fn tick(&mut self, now: Instant, said: &mut Vec<Said>) {
        self.input(Input::Timeout(now), said);
    }

    /// Takes what the socket has. `true`: there may be more.
    pub fn read(&mut self, said: &mut Vec<Said>) -> bool {
        for _ in 0..READ_MAX {
            let mut buffer = std::mem::take(&mut self.buffer);
            let received = self.socket.recv_from(&mut buffer);
            match received {
                Ok((len, source)) => {
                    if let Ok(contents) = buffer[..len].try_into() {
                        let receive = Receive {
                            proto: Protocol::Udp,
                            source,
                            destination: self.local,
                            contents,
                        };
                        self.input(Input::Receive(Instant::now(), receive), said);
                    }
                    self.buffer = buffer;
                }
                Err(error) => {
                    self.buffer = buffer;
                    // Another error is an ICMP answer to an address that does not work: ICE will find out.
                    if error.kind() == ErrorKind::WouldBlock {
                        return false;
                    }
                }
            }
        }
        true
    }

    fn input(&mut self, input: Input, said: &mut Vec<Said>) {
        if self.failed {
            return;
        }
        if self.rtc.handle_input(input).is_err() || !self.drain(said) {
            self.fail(said);
        }
    }

    fn fail(&mut self, said: &mut Vec<Said>) {
        self.failed = true;
        self.deadline = Instant::now() + Duration::from_secs(3600);
        said.push(Said::State("failed"));
    }

    /// Everything that the state machine wants out; `false` when it is at its end.
    fn drain(&mut self, said: &mut Vec<Said>) -> bool {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => {
                    self.deadline = at;
                    return true;
                }
                Ok(Output::Transmit(datagram)) => {
                    if self
                        .socket
                        .send_to(&datagram.contents, datagram.destination)
                        .is_err()
                        && self.connected
                    {
                        self.send_errors += 1;
                    }
                }
                Ok(Output::Event(event)) => self.event(event, said),
                Err(_) => return false,
            }
        }
    }

    fn event(&mut self, event: Event, said: &mut Vec<Said>) {
        match event {
            Event::Connected => {
                self.connected = true;
                said.push(Said::State("connected"));
            }
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                said.push(Said::State("disconnected"));
            }
            Event::KeyframeRequest(asked) => {
                said.push(Said::KeyframeAsked(
                    asked.mid,
                    asked.rid.map(|rid| rid.to_string()),
                ));
            }
            Event::RtpPacket(packet) => {
                if let Some(mid) = self.mid_of(packet.header.ssrc) {
                    said.push(Said::Packet(mid, Box::new(packet)));
                }
            }
            _ => {}
        }
    }

    fn mid_of(&mut self, ssrc: Ssrc) -> Option<Mid> {
        if let Some(mid) = self.mids.get(&ssrc) {
            return Some(*mid);
        }
        let mid = self.rtc.direct_api().stream_rx(&ssrc).map(|rx| rx.mid())?;
        self.mids.insert(ssrc, mid);
        Some(mid)
    }
}
