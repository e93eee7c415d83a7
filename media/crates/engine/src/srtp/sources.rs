//! The windows of all sources of one transport, few enough for a sorted list.

use wire::Ssrc;

use super::SOURCES_MAX;
use super::window::Window;

struct Source<const WORDS: usize> {
    ssrc: Ssrc,
    window: Window<WORDS>,
}

/// At most [`SOURCES_MAX`], ordered by SSRC. Remembers where it found the last one: packets of a frame come in runs.
pub(super) struct Sources<const WORDS: usize> {
    sources: Vec<Source<WORDS>>,
    latest: usize,
}

impl<const WORDS: usize> Sources<WORDS> {
    pub(super) fn new() -> Self {
        Sources {
            sources: Vec::new(),
            latest: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.sources.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.sources.len() >= SOURCES_MAX
    }

    /// The window of a known source.
    #[inline]
    pub(super) fn get(&self, ssrc: Ssrc) -> Option<&Window<WORDS>> {
        let at = self.find(ssrc).ok()?;
        self.sources.get(at).map(|source| &source.window)
    }

    /// The window of a source, made if it is new; `None` if there are too many.
    #[inline]
    pub(super) fn get_or_add(&mut self, ssrc: Ssrc) -> Option<&mut Window<WORDS>> {
        let at = match self.find(ssrc) {
            Ok(at) => at,
            Err(_) if self.is_full() => return None,
            Err(at) => {
                self.sources.insert(
                    at,
                    Source {
                        ssrc,
                        window: Window::default(),
                    },
                );
                at
            }
        };
        self.latest = at;
        self.sources.get_mut(at).map(|source| &mut source.window)
    }

    #[inline]
    fn find(&self, ssrc: Ssrc) -> Result<usize, usize> {
        match self.sources.get(self.latest) {
            Some(source) if source.ssrc == ssrc => Ok(self.latest),
            _ => self
                .sources
                .binary_search_by_key(&ssrc, |source| source.ssrc),
        }
    }
}
