//! What a check must prove it knows, across restarts.

use aws_lc_rs::hmac;
use wire::stun::{INTEGRITY_LEN, IntegrityKey, Message};

/// Counts ICE restarts of one transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub u32);

/// Our ufrag and password of one generation, and the other side's ufrag once control knows it.
pub struct Credentials {
    pub(super) generation: Generation,
    local_ufrag: String,
    remote_ufrag: Option<String>,
    key: PasswordKey,
}

/// The password, scheduled for HMAC-SHA1.
struct PasswordKey(hmac::Key);

impl IntegrityKey for PasswordKey {
    fn tag(&self, parts: &[&[u8]]) -> [u8; INTEGRITY_LEN] {
        let mut context = hmac::Context::with_key(&self.0);
        parts.iter().for_each(|part| context.update(part));
        let mut tag = [0; INTEGRITY_LEN];
        // SHA-1 gives exactly 20 bytes; zip keeps this total.
        tag.iter_mut()
            .zip(context.sign().as_ref())
            .for_each(|(cell, byte)| *cell = *byte);
        tag
    }
}

/// MESSAGE-INTEGRITY of a message in parts under an ICE password: what a prober does. For the simulator, synthetic browsers
/// and tests; the agent itself keeps its keys scheduled.
pub fn password_tag(pwd: &str, parts: &[&[u8]]) -> [u8; INTEGRITY_LEN] {
    PasswordKey(hmac::Key::new(
        hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        pwd.as_bytes(),
    ))
    .tag(parts)
}

impl Credentials {
    pub(super) fn new(
        generation: Generation,
        ufrag: &str,
        pwd: &str,
        remote_ufrag: Option<&str>,
    ) -> Credentials {
        Credentials {
            generation,
            local_ufrag: ufrag.to_owned(),
            remote_ufrag: remote_ufrag.map(str::to_owned),
            key: PasswordKey(hmac::Key::new(
                hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                pwd.as_bytes(),
            )),
        }
    }

    pub(super) fn ufrag(&self) -> &str {
        &self.local_ufrag
    }

    pub(super) fn set_remote_ufrag(&mut self, remote_ufrag: &str) {
        self.remote_ufrag = Some(remote_ufrag.to_owned());
    }

    pub(super) fn remote_ufrag(&self) -> Option<&str> {
        self.remote_ufrag.as_deref()
    }

    /// Whether USERNAME is `ours:theirs` (RFC 8445 section 7.2.2). Theirs is not compared before we know it: the browser's
    /// first checks overtake its answer.
    pub(super) fn are_addressed_by(&self, message: &Message<'_>) -> bool {
        match message
            .username
            .and_then(|username| username.split_once(':'))
        {
            Some((local, remote)) => {
                local == self.local_ufrag
                    && self
                        .remote_ufrag
                        .as_deref()
                        .is_none_or(|known| known == remote)
            }
            None => false,
        }
    }

    pub(super) fn have_made(&self, message: &Message<'_>) -> bool {
        message.has_integrity_by(&self.key)
    }

    pub(super) fn key(&self) -> &dyn IntegrityKey {
        &self.key
    }
}
