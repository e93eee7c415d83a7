//! What a recording's two copies are made of, without a thread, a socket, a file or a clock.
//!
//! Taps bring records ([`sealer::Sealer`] numbers and seals them, once for both copies) → blocks of one recording each → each
//! copy's own bounded queue ([`waiting::Waiting`]) → copy A into segments ([`copy_a::CopyA`] over a [`copy_a::Store`]), copy B
//! over a connection ([`copy_b::CopyB`]). The [`ledger::Ledger`] knows how far each is. `docs/spool-format.md` says every byte.
//! The driver runs this on its threads, the simulator under faults in virtual time.
#![forbid(unsafe_code)]

pub mod block;
pub mod copy_a;
pub mod copy_b;
pub mod format;
pub mod frame;
pub mod gaps;
mod json;
pub mod ledger;
pub mod progress;
pub mod read;
pub mod seal;
pub mod sealer;
pub mod waiting;
