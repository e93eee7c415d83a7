//! One ICE + SRTP path of a Participant: what publishing and subscribing have in common.

use wire::Ssrc;

use crate::api::{Direction, Mono, Path, SrtpKeys, TransportSpec, TransportState, TransportStats};
use crate::ice::Agent;
use crate::publish::Publish;
use crate::random::Random;
use crate::srtp::{Opener, Sealer};
use crate::subscribe::Subscribe;

/// Nothing authenticated for so long: disconnected. RFC 7675 renews consent each 5 s; Firefox takes up to 6.
const DISCONNECTED_US: u64 = 6_500_000;
/// Consent has lapsed (RFC 7675 section 5.1).
const FAILED_US: u64 = crate::ice::CONSENT_US;

/// The two ends of SRTP, and the keys they came from.
pub struct Crypto {
    pub sealer: Sealer,
    pub opener: Opener,
    keys: SrtpKeys,
}

impl Crypto {
    pub fn new(keys: SrtpKeys) -> Option<Self> {
        let (sealer, opener) = crate::srtp::contexts(&keys).ok()?;
        Some(Self {
            sealer,
            opener,
            keys,
        })
    }

    /// The same keys again must never make a second sealer: it would seal the same numbers anew.
    pub fn is_from(&self, keys: &SrtpKeys) -> bool {
        self.keys.profile == keys.profile
            && self.keys.local_key == keys.local_key
            && self.keys.local_salt == keys.local_salt
            && self.keys.remote_key == keys.remote_key
            && self.keys.remote_salt == keys.remote_salt
    }
}

pub enum Role {
    Publish(Publish),
    Subscribe(Subscribe),
}

pub struct Transport {
    pub spec: TransportSpec,
    pub ice: Agent,
    pub crypto: Option<Crypto>,
    pub state: TransportState,
    pub role: Role,
    pub stats: TransportStats,
    /// Of our own reports on this transport.
    pub report_ssrc: Ssrc,
    pub stats_due: Mono,
    pub reports_due: Mono,
    handshake_second: u64,
    handshakes: u32,
    /// What the engine's directory has for this transport.
    pub registered_paths: Vec<Path>,
    pub registered_ufrags: Vec<String>,
}

impl Transport {
    pub fn new(spec: TransportSpec, random: &mut Random, now: Mono) -> Self {
        let ice = Agent::new(&spec.ice_ufrag, &spec.ice_pwd, spec.remote_ufrag.as_deref());
        let role = match spec.direction {
            Direction::Publish => Role::Publish(Publish::default()),
            Direction::Subscribe => Role::Subscribe(Subscribe::new(&spec, random)),
        };
        // Spread over the interval, so that a room that joined together does not report together.
        let spread = random.u64() % 1_000_000;
        Self {
            spec,
            ice,
            crypto: None,
            state: TransportState::New,
            role,
            stats: TransportStats::default(),
            report_ssrc: Ssrc(random.u32() | 1),
            stats_due: Mono(now.0 + 1_000_000 + spread),
            reports_due: Mono(now.0 + 200_000 + spread / 10),
            handshake_second: 0,
            handshakes: 0,
            registered_paths: Vec::new(),
            registered_ufrags: Vec::new(),
        }
    }

    pub fn publish(&mut self) -> Option<&mut Publish> {
        match &mut self.role {
            Role::Publish(publish) => Some(publish),
            Role::Subscribe(_) => None,
        }
    }

    #[inline]
    pub fn subscribe(&mut self) -> Option<&mut Subscribe> {
        match &mut self.role {
            Role::Subscribe(subscribe) => Some(subscribe),
            Role::Publish(_) => None,
        }
    }

    pub fn subscribe_ref(&self) -> Option<&Subscribe> {
        match &self.role {
            Role::Subscribe(subscribe) => Some(subscribe),
            Role::Publish(_) => None,
        }
    }

    /// Whether one more handshake datagram may go up in this second.
    pub fn allow_handshake(&mut self, per_s_max: u32, now: Mono) -> bool {
        let second = now.0 / 1_000_000;
        if second != self.handshake_second {
            self.handshake_second = second;
            self.handshakes = 0;
        }
        self.handshakes += 1;
        self.handshakes <= per_s_max
    }

    /// Whether packets can be sent: keys are there, and the subscriber has not been given up.
    pub fn can_send(&self) -> bool {
        matches!(
            self.state,
            TransportState::Connected | TransportState::Disconnected
        ) && self.crypto.is_some()
    }

    /// The state that the facts amount to now, and why.
    pub fn judge(&self, now: Mono) -> (TransportState, &'static str) {
        let Some(heard) = self.ice.heard_at() else {
            return (TransportState::New, "");
        };
        let checked = self.ice.checked_at().unwrap_or(heard);
        let silent_us = now.0.saturating_sub(heard.0);
        if now.0.saturating_sub(checked.0) >= FAILED_US {
            (TransportState::Failed, "no check for 30 s")
        } else if silent_us >= DISCONNECTED_US && self.state != TransportState::Connecting {
            (TransportState::Disconnected, "nothing heard")
        } else if self.crypto.is_some() {
            (TransportState::Connected, "")
        } else {
            (TransportState::Connecting, "")
        }
    }
}
