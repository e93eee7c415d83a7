//! Which indices of one source have been used: a bit for each of the newest.

/// What a [`Window`] says of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Not used yet.
    Fresh,
    /// Used.
    Repeat,
    /// Too far behind the newest to know.
    TooOld,
}

/// The newest index and the `64 * WORDS` up to it, as a ring of bits. Empty until the first index is marked.
#[derive(Clone, Debug)]
pub struct Window<const WORDS: usize> {
    newest: Option<u64>,
    bits: [u64; WORDS],
}

impl<const WORDS: usize> Default for Window<WORDS> {
    fn default() -> Self {
        Window {
            newest: None,
            bits: [0; WORDS],
        }
    }
}

impl<const WORDS: usize> Window<WORDS> {
    /// Indices remembered.
    pub const LEN: u64 = 64 * WORDS as u64;

    /// The newest index marked.
    #[inline]
    pub fn newest(&self) -> Option<u64> {
        self.newest
    }

    /// Whether `index` was marked. Changes nothing.
    #[inline]
    pub fn look(&self, index: u64) -> Seen {
        match self.newest {
            Some(newest) if index <= newest => {
                if newest - index >= Self::LEN {
                    Seen::TooOld
                } else if self.bits[Self::word(index)] & Self::bit(index) != 0 {
                    Seen::Repeat
                } else {
                    Seen::Fresh
                }
            }
            _ => Seen::Fresh,
        }
    }

    /// Marks `index`, moving on when it is the newest. One that is too old is left alone.
    #[inline]
    pub fn mark(&mut self, index: u64) {
        match self.newest {
            None => self.newest = Some(index),
            Some(newest) if index > newest => {
                self.forget_between(newest, index);
                self.newest = Some(index);
            }
            Some(newest) if newest - index >= Self::LEN => return,
            Some(_) => {}
        }
        self.bits[Self::word(index)] |= Self::bit(index);
    }

    /// Clears the bits that the ring uses again for the indices after `newest`, up to and with `index`.
    #[inline]
    fn forget_between(&mut self, newest: u64, index: u64) {
        if index - newest >= Self::LEN {
            self.bits = [0; WORDS];
            return;
        }
        for at in newest + 1..=index {
            self.bits[Self::word(at)] &= !Self::bit(at);
        }
    }

    #[inline]
    fn word(index: u64) -> usize {
        (index / 64) as usize % WORDS
    }

    #[inline]
    fn bit(index: u64) -> u64 {
        1 << (index % 64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_once() {
        let mut window = Window::<2>::default();
        assert_eq!(window.look(5), Seen::Fresh);
        window.mark(5);
        assert_eq!(window.look(5), Seen::Repeat);
        assert_eq!(window.look(4), Seen::Fresh);
        window.mark(4);
        assert_eq!(window.look(4), Seen::Repeat);
        assert_eq!(window.look(6), Seen::Fresh);
    }

    #[test]
    fn the_edge_is_exact() {
        let mut window = Window::<2>::default();
        window.mark(1000);
        assert_eq!(window.look(1000 - 127), Seen::Fresh);
        assert_eq!(window.look(1000 - 128), Seen::TooOld);
        window.mark(1000 - 128);
        assert_eq!(window.look(1000), Seen::Repeat);
    }

    #[test]
    fn agrees_with_a_set() {
        let mut window = Window::<4>::default();
        let mut marked = std::collections::HashSet::new();
        let mut state = 7u64;
        let mut newest = 0u64;
        for step in 0..20_000u64 {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            let index = (step * 3 + 600).saturating_sub((state >> 33) % 400)
                + if state >> 60 == 0 { 500 } else { 0 };
            let expected = if index <= newest && newest - index >= 256 {
                Seen::TooOld
            } else if marked.contains(&index) {
                Seen::Repeat
            } else {
                Seen::Fresh
            };
            assert_eq!(
                window.look(index),
                expected,
                "index {index} newest {newest}"
            );
            if expected == Seen::Fresh {
                window.mark(index);
                marked.insert(index);
                newest = newest.max(index);
            }
        }
    }
}
