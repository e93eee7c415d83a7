//! Named counters of the whole engine: what was dropped, and why.

/// Everything that was dropped or refused is counted here under its reason.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    pub datagrams_in: u64,
}

impl Counters {
    /// All counters by name, for metrics and snapshots.
    pub fn named(&self) -> Vec<(&'static str, u64)> {
        vec![("datagrams_in", self.datagrams_in)]
    }
}
