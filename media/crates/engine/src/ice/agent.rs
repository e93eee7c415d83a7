//! The agent: one function for what comes in, and questions.

use wire::stun::{Class, METHOD_BINDING, Message, Writer};

use super::credentials::{Credentials, Generation};
use super::pairs::{Check, Pair, Pairs};
use crate::api::{Mono, Path};

/// What became of an authenticated check. The answer stands at the end of the caller's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// This pair was not proven before.
    pub pair_is_new: bool,
    /// What is sent goes elsewhere from now on.
    pub selected_changed: bool,
    /// The first check with the credentials of a restart.
    pub restarted: bool,
}

/// Why a STUN datagram was dropped or refused. An ordinary value: counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// Not STUN.
    Malformed(wire::Malformed),
    /// An indication or an answer: nobody here asks questions.
    NotARequest,
    /// No USERNAME of ours in it.
    Stranger,
    /// Integrity missing or wrong.
    Forged,
    /// Authenticated, but it thinks it is controlled; answered 487 (RFC 8445 section 7.3.1.1).
    RoleConflict,
    /// Authenticated, but wants what we do not know; answered 420 (RFC 8489 section 6.3.1).
    UnknownAttribute,
}

impl Ignored {
    /// Stable name for counters.
    pub fn name(self) -> &'static str {
        match self {
            Ignored::Malformed(_) => "malformed",
            Ignored::NotARequest => "not_a_request",
            Ignored::Stranger => "stranger",
            Ignored::Forged => "forged",
            Ignored::RoleConflict => "role_conflict",
            Ignored::UnknownAttribute => "unknown_attribute",
        }
    }
}

/// The ICE-lite agent of one transport.
pub struct Agent {
    current: Credentials,
    /// The credentials before a restart; valid until a check proves the current ones. At most one set: of several
    /// restarts in a row, the set that was last proven stays.
    previous: Option<Credentials>,
    current_proven: bool,
    pairs: Pairs,
    heard_at: Option<Mono>,
}

impl Agent {
    /// With credentials minted by control.
    pub fn new(ufrag: &str, pwd: &str, remote_ufrag: Option<&str>) -> Agent {
        Agent {
            current: Credentials::new(Generation(0), ufrag, pwd, remote_ufrag),
            previous: None,
            current_proven: false,
            pairs: Pairs::default(),
            heard_at: None,
        }
    }

    /// The ufrags under which checks for this agent may come, newest first.
    pub fn local_ufrags(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .map(Credentials::ufrag)
    }

    /// The wanted credentials, idempotent: another `ufrag` than the current one is a restart (RFC 8445 section 9 changes both
    /// sides' credentials at once). Whether it was a restart.
    pub fn set_credentials(&mut self, ufrag: &str, pwd: &str, remote_ufrag: Option<&str>) -> bool {
        let same_local = self.current.ufrag() == ufrag;
        if same_local {
            if let Some(remote_ufrag) = remote_ufrag {
                self.current.set_remote_ufrag(remote_ufrag);
            }
            return false;
        }
        let generation = Generation(self.current.generation.0.saturating_add(1));
        let next = Credentials::new(generation, ufrag, pwd, remote_ufrag);
        let replaced = std::mem::replace(&mut self.current, next);
        if self.current_proven || self.previous.is_none() {
            self.previous = Some(replaced);
        }
        self.current_proven = false;
        true
    }

    /// One STUN datagram. On `Ok` and on the two answered refusals, the answer is appended to `out`, to be sent back on
    /// `path`; otherwise `out` is as before.
    pub fn receive(
        &mut self,
        now: Mono,
        path: Path,
        datagram: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Checked, Ignored> {
        let message = Message::parse(datagram).map_err(Ignored::Malformed)?;
        self.receive_message(now, path, &message, out)
    }

    /// The same for a datagram that was parsed to find this agent (see [`wire::stun::local_ufrag`]).
    pub fn receive_message(
        &mut self,
        now: Mono,
        path: Path,
        message: &Message<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Checked, Ignored> {
        if message.class != Class::Request || message.method != METHOD_BINDING {
            return Err(Ignored::NotARequest);
        }
        let credentials = self.addressed(message)?;
        if !credentials.have_made(message) {
            return Err(Ignored::Forged);
        }
        let generation = credentials.generation;
        if let Some(refusal) = refuse(message, credentials, out) {
            return Err(refusal);
        }
        Writer::new(Class::Success, METHOD_BINDING, message.transaction, out)
            .xor_mapped_address(path.remote)
            .finish(Some(credentials.key()));
        let restarted = self.prove(generation);
        let check = Check {
            path,
            nominates: message.use_candidate,
            priority: message.priority.unwrap_or(0),
            generation,
            transaction: message.transaction,
        };
        self.heard_at = Some(now);
        let pair_is_new = self.pairs.note(now, &check);
        let selected_changed = self.pairs.reselect(now, &check);
        Ok(Checked {
            pair_is_new,
            selected_changed,
            restarted,
        })
    }

    fn addressed(&self, message: &Message<'_>) -> Result<&Credentials, Ignored> {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .find(|credentials| credentials.are_addressed_by(message))
            .ok_or(Ignored::Stranger)
    }

    /// The first check with the current credentials ends those before it. Whether it came after a restart.
    fn prove(&mut self, generation: Generation) -> bool {
        if generation != self.current.generation || self.current_proven {
            return false;
        }
        self.current_proven = true;
        self.previous = None;
        generation > Generation(0)
    }

    /// Authenticated media came in on a proven pair: a sign of life, but no consent (RFC 7675 section 5.1).
    #[inline]
    pub fn note_media(&mut self, now: Mono) {
        self.heard_at = Some(now);
    }

    /// When anything authenticated last came in.
    pub fn heard_at(&self) -> Option<Mono> {
        self.heard_at
    }

    /// When the last authenticated check came on the selected pair.
    pub fn checked_at(&self) -> Option<Mono> {
        self.pairs.selected().map(|pair| pair.checked_at)
    }

    /// Whether what comes from `path` may be looked at: DTLS, SRTP and SRTCP are taken from proven pairs only.
    #[inline]
    pub fn is_proven(&self, now: Mono, path: Path) -> bool {
        self.pairs
            .get(path)
            .is_some_and(|pair| pair.has_consent(now))
    }

    /// Where to send; `None` before the first check and once consent has lapsed.
    #[inline]
    pub fn selected(&self, now: Mono) -> Option<Path> {
        self.pairs
            .selected()
            .filter(|pair| pair.has_consent(now))
            .map(|pair| pair.path)
    }

    /// When the selected pair's consent lapses, if nothing renews it.
    pub fn consent_until(&self) -> Option<Mono> {
        self.checked_at()
            .map(|at| Mono(at.0.saturating_add(super::CONSENT_US)))
    }

    /// Generation of the current credentials: how often ICE was restarted.
    pub fn generation(&self) -> Generation {
        self.current.generation
    }

    /// The pairs; for the snapshot, and to tell which paths to forget.
    pub fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter()
    }

    /// The other side's ufrag, if control has told.
    pub fn remote_ufrag(&self) -> Option<&str> {
        self.current.remote_ufrag()
    }
}

/// Answers that an authenticated request gets instead of success.
fn refuse(message: &Message<'_>, credentials: &Credentials, out: &mut Vec<u8>) -> Option<Ignored> {
    let unknown = message.unknown_required();
    let (refusal, code, reason) = if !unknown.is_empty() {
        (Ignored::UnknownAttribute, 420, "Unknown Attribute")
    } else if message.ice_controlled.is_some() {
        // A lite agent cannot control: whoever thinks to be controlled must change over, whatever the tie-breakers.
        (Ignored::RoleConflict, 487, "Role Conflict")
    } else {
        return None;
    };
    let mut writer = Writer::new(Class::Error, METHOD_BINDING, message.transaction, out)
        .error_code(code, reason);
    if !unknown.is_empty() {
        writer = writer.unknown_attributes(unknown);
    }
    writer.finish(Some(credentials.key()));
    Some(refusal)
}
