//! How much may be sent to one subscriber: the send-side Estimate of a subscribe transport.
//!
//! The family is Google congestion control (draft-ietf-rmcat-gcc-02) on transport-wide feedback
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01). Each file says which section it is and what is changed:
//!
//! | file | what | draft |
//! |---|---|---|
//! | `sent` | what was sent, by transport-wide number | section 3 |
//! | `groups` | packet groups, inter-group delay | 5.1, 5.2 |
//! | `trendline` | slope, adaptive threshold, verdict | 5.3, 5.4 |
//! | `delay` | standing delay and jitter | new |
//! | `acked` | what arrives | 5.5 |
//! | `aimd` | the delay-based rate | 5.5 |
//! | `loss` | the loss-based limit | 6, with tolerance |
//! | `probe` | clusters and their results | new |
//! | `reports` | REMB and receiver reports alone | 6 |
//!
//! How an owner wires it, with the allocator and the pacer:
//!
//! 1. Each packet for a subscriber is *offered* to the [`crate::pacer::Pacer`] unnumbered; [`crate::pacer::Exit::leave`] numbers
//!    (slot and transport-wide), seals, sends, and calls [`Estimator::on_sent`].
//! 2. RTCP: transport-wide feedback to [`Estimator::on_feedback`], report blocks to [`Estimator::on_receiver_report`], REMB to
//!    [`Estimator::on_remb`].
//! 3. Every 10 ms: [`Estimator::tick`] (its plan to `Pacer::probe`), [`Estimator::estimate`] to `Pacer::set_rate` and to
//!    [`crate::allocate::allocate`], its `desired_bps` to [`Estimator::set_desired`].
//! 4. At the pacer's deadline: `Pacer::poll`.
//!
//! No clock, no allocation after [`Estimator::new`]. Sizes are bytes on the wire: the datagram plus 28 (IPv4) or 48 (IPv6), so
//! that the Estimate is a rate of the link and not of our payloads.

mod acked;
mod aimd;
mod delay;
mod estimator;
mod groups;
mod loss;
mod probe;
mod reports;
mod sent;
mod trendline;

pub use estimator::Estimator;

/// Fixed per transport. The defaults are for a classroom.
#[derive(Clone, Debug)]
pub struct Config {
    /// Before anything is known. A first probe at three times this follows at once.
    pub start_bps: u32,
    /// Never below: one voice with its headers.
    pub min_bps: u32,
    /// Never above.
    pub max_bps: u32,
    /// Sent packets remembered, 8 bytes each; older ones are forgotten and feedback about them ignored.
    pub sent_packets_max: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            start_bps: 300_000,
            min_bps: 40_000,
            max_bps: 20_000_000,
            sent_packets_max: 2_048,
        }
    }
}

/// A probe's packets; never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cluster(pub u8);

/// What left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentKind {
    /// Audio, video, repairs, padding outside a probe.
    Media,
    /// Anything that leaves while the pacer serves this cluster: it all goes through the same queue.
    Probe(Cluster),
}

/// For the pacer: send at this rate until both minima left, media first, padding or RTX for the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbePlan {
    pub cluster: Cluster,
    pub target_bps: u32,
    pub bytes_min: u32,
    pub packets_min: u32,
}

/// The detector's verdict (draft-ietf-rmcat-gcc-02 section 5.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Usage {
    #[default]
    Normal,
    Over,
    Under,
}

/// What the Estimate stands on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Nothing was told yet.
    #[default]
    Start,
    TransportFeedback,
    /// REMB and receiver reports.
    Reports,
}

/// What may be sent now, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    pub bps: u32,
    pub source: Source,
    /// The delay-based rate alone.
    pub delay_bps: u32,
    /// The loss-based limit, if there is one.
    pub loss_bps: Option<u32>,
    /// What arrived over the last second.
    pub acked_bps: Option<u32>,
    pub usage: Usage,
    /// Delay above the shortest way, smoothed.
    pub standing_us: u32,
    pub jitter_us: u32,
    pub rtt_us: Option<u32>,
    /// Share lost over about the last second.
    pub loss: f32,
}
