//! ICE-lite (RFC 8445 section 2.5), sans-I/O: answers the browser's checks and follows its nomination.
//!
//! One [`Agent`] per transport. A check counts only with MESSAGE-INTEGRITY by one of our passwords; whatever fails that is
//! dropped without an answer, so that a spoofed source gets nothing out of us. We are always controlled, send no checks of
//! our own and gather no candidates: control writes them into the SDP.
//!
//! A pair is *proven* by an authenticated check and stays so for [`CONSENT_US`] after the last one (RFC 7675). DTLS and media
//! are taken from proven pairs and sent to the selected one. Note for whoever judges a transport's health: Firefox renews
//! consent only every 4 to 6 s, so silence of checks alone says nothing before [`CONSENT_US`]; ask [`Agent::heard_at`] after
//! telling the agent of authenticated media by [`Agent::note_media`].

mod agent;
mod credentials;
mod pairs;

pub use agent::{Agent, Checked, Ignored};
pub use credentials::{Credentials, Generation, password_tag};
pub use pairs::{PAIRS_MAX, Pair};

/// Consent to send ends this long after the last authenticated check on a pair (RFC 7675 section 5.1).
pub const CONSENT_US: u64 = 30_000_000;

/// A selected pair without a check for this long gives way to any pair that is checked: longer than the 2.5 s of Chromium and
/// the 6 s of Firefox between checks.
pub const STALE_US: u64 = 8_000_000;

#[cfg(test)]
mod tests;
