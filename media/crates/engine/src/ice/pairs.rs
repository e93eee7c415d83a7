//! The proven pairs of one transport and which of them is selected.

use wire::stun::TransactionId;

use super::{CONSENT_US, Generation, STALE_US};
use crate::api::{Mono, Path};

/// Pairs kept: a laptop with four addresses against our four makes 16. One over: the one checked longest ago is forgotten,
/// never the selected one.
pub const PAIRS_MAX: usize = 24;

/// An address pair on which an authenticated check came in.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Their address, and ours that they reached.
    pub path: Path,
    /// When the last authenticated check came.
    pub checked_at: Mono,
    /// Whether any check carried USE-CANDIDATE.
    pub nominated: bool,
    /// What the prober says this path is worth.
    pub priority: u32,
    /// Of the credentials it last proved.
    pub generation: Generation,
    /// Nominations since the selected pair was last nominated.
    nominations: u32,
    last_transaction: TransactionId,
}

/// An authenticated check.
pub(super) struct Check {
    pub path: Path,
    pub nominates: bool,
    pub priority: u32,
    pub generation: Generation,
    pub transaction: TransactionId,
}

#[derive(Default)]
pub(super) struct Pairs {
    pairs: Vec<Pair>,
    selected: Option<Path>,
}

impl Pairs {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter()
    }

    pub(super) fn selected(&self) -> Option<&Pair> {
        self.get(self.selected?)
    }

    pub(super) fn get(&self, path: Path) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.path == path)
    }

    /// Notes a check; whether the pair is new.
    pub(super) fn note(&mut self, now: Mono, check: &Check) -> bool {
        let known = self.pairs.iter().position(|pair| pair.path == check.path);
        let is_new = known.is_none();
        let at = known.unwrap_or_else(|| self.add(now, check));
        let Some(pair) = self.pairs.get_mut(at) else {
            return false;
        };
        // A retransmitted request is no second nomination.
        let repeated = !is_new && pair.last_transaction == check.transaction;
        pair.checked_at = now;
        pair.generation = pair.generation.max(check.generation);
        pair.priority = check.priority;
        pair.last_transaction = check.transaction;
        pair.nominated |= check.nominates;
        if check.nominates && !repeated {
            pair.nominations = pair.nominations.saturating_add(1);
        }
        is_new
    }

    fn add(&mut self, now: Mono, check: &Check) -> usize {
        self.pairs
            .retain(|pair| Some(pair.path) == self.selected || !is_lapsed(pair, now));
        if self.pairs.len() >= PAIRS_MAX {
            let selected = self.selected;
            let oldest = (0..self.pairs.len())
                .filter(|&at| Some(self.pairs[at].path) != selected)
                .min_by_key(|&at| self.pairs[at].checked_at);
            if let Some(at) = oldest {
                self.pairs.swap_remove(at);
            }
        }
        self.pairs.push(Pair {
            path: check.path,
            checked_at: now,
            nominated: false,
            priority: check.priority,
            generation: check.generation,
            nominations: 0,
            last_transaction: check.transaction,
        });
        self.pairs.len() - 1
    }

    /// Decides, after a check was noted, whether its pair becomes the selected one; whether that changed.
    pub(super) fn reselect(&mut self, now: Mono, check: &Check) -> bool {
        if self.selected == Some(check.path) {
            if check.nominates {
                self.pairs.iter_mut().for_each(|pair| pair.nominations = 0);
            }
            return false;
        }
        let Some(candidate) = self.get(check.path) else {
            return false;
        };
        if !should_replace(self.selected(), candidate, check.nominates, now) {
            return false;
        }
        self.selected = Some(check.path);
        self.pairs.iter_mut().for_each(|pair| pair.nominations = 0);
        true
    }
}

/// The rule of selection. Firefox nominates every pair once and then uses the one of highest priority (aggressive
/// nomination, RFC 5245 section 8.1.1.2, still allowed towards a lite agent); Chromium nominates only what it uses, again and
/// again, and changes its mind when a network goes.
fn should_replace(selected: Option<&Pair>, candidate: &Pair, nominates: bool, now: Mono) -> bool {
    let Some(selected) = selected else {
        return true;
    };
    if candidate.generation > selected.generation {
        // A restart means that the old way is no longer wanted.
        return true;
    }
    if candidate.generation < selected.generation {
        return false;
    }
    if now.0.saturating_sub(selected.checked_at.0) >= STALE_US {
        return true;
    }
    nominates
        && (!selected.nominated
            || candidate.priority > selected.priority
            || candidate.nominations >= 2)
}

fn is_lapsed(pair: &Pair, now: Mono) -> bool {
    now.0.saturating_sub(pair.checked_at.0) >= CONSENT_US
}

impl Pair {
    /// Whether consent to send here still holds.
    pub fn has_consent(&self, now: Mono) -> bool {
        !is_lapsed(self, now)
    }
}
