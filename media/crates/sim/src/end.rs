//! The browser's end of one transport: checks, keys, and its two network legs.

use engine::api::{Path, SrtpKeys, SrtpProfile, TransportKey};
use engine::ice::password_tag;
use engine::srtp::{Opener, Sealer, contexts};
use wire::stun::{Class, IntegrityKey, METHOD_BINDING, TransactionId, Writer};

use crate::link::{Link, Network};

/// Between two checks of the selected pair, as Chromium does.
pub const CHECK_US: u64 = 2_500_000;

struct Password<'a>(&'a str);

impl IntegrityKey for Password<'_> {
    fn tag(&self, parts: &[&[u8]]) -> [u8; 20] {
        password_tag(self.0, parts)
    }
}

pub struct End {
    pub transport: TransportKey,
    pub path: Path,
    pub ufrag: String,
    pub pwd: String,
    pub sealer: Sealer,
    pub opener: Opener,
    pub up: Link,
    pub down: Link,
    pub next_check: u64,
    checks: u8,
}

/// Keys of transport `number`: any, but different for each.
pub fn keys(number: u32, profile: SrtpProfile) -> (SrtpKeys, SrtpKeys) {
    let salt_len = if profile == SrtpProfile::AeadAes128Gcm {
        12
    } else {
        14
    };
    let part = |what: u8, len: usize| {
        let seed = number.to_be_bytes();
        (0..len)
            .map(|at| what ^ seed[at % 4] ^ (at as u8).wrapping_mul(37))
            .collect::<Vec<u8>>()
    };
    let (server_key, client_key) = (part(1, 16), part(2, 16));
    let (server_salt, client_salt) = (part(3, salt_len), part(4, salt_len));
    let server = SrtpKeys {
        profile,
        local_key: server_key.clone(),
        local_salt: server_salt.clone(),
        remote_key: client_key.clone(),
        remote_salt: client_salt.clone(),
    };
    let client = SrtpKeys {
        profile,
        local_key: client_key,
        local_salt: client_salt,
        remote_key: server_key,
        remote_salt: server_salt,
    };
    (server, client)
}

impl End {
    pub fn new(transport: TransportKey, client: &SrtpKeys, up: Network, down: Network) -> Self {
        let (sealer, opener) =
            contexts(client).unwrap_or_else(|_| panic!("made keys fit their profile"));
        Self {
            transport,
            path: path_of(transport, 0),
            ufrag: format!("ufrag{:03}", transport.0),
            pwd: format!("password of transport {:06}", transport.0),
            sealer,
            opener,
            up: Link::new(up),
            down: Link::new(down),
            next_check: 0,
            checks: 0,
        }
    }

    /// The device got another address: it says so by a check, as browsers do.
    pub fn move_to(&mut self, number: u16, now: u64) {
        self.path = path_of(self.transport, number);
        self.next_check = now;
    }

    /// A connectivity check.
    pub fn check(&mut self, now: u64) -> Vec<u8> {
        self.next_check = now + CHECK_US;
        self.checks = self.checks.wrapping_add(1);
        let mut out = Vec::new();
        Writer::new(
            Class::Request,
            METHOD_BINDING,
            TransactionId([self.checks; 12]),
            &mut out,
        )
        .username(&format!("{}:them", self.ufrag))
        .ice_controlling(1)
        .priority(100)
        .use_candidate()
        .finish(Some(&Password(&self.pwd)));
        out
    }

    /// Seal an RTCP compound.
    pub fn seal_rtcp(&mut self, compound: &[u8]) -> Vec<u8> {
        let mut out = compound.to_vec();
        let sealed = self.sealer.seal_rtcp(&mut out, 0);
        assert_eq!(sealed, Ok(()));
        out
    }
}

/// The address of a transport's device.
fn path_of(transport: TransportKey, number: u16) -> Path {
    let [_, _, high, low] = transport.0.to_be_bytes();
    Path {
        local: [10, 0, 0, 1].into(),
        remote: ([10, 1, high, low], 40_000 + number).into(),
    }
}
