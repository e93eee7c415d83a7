//! What every synthetic packet says of itself, so that whoever receives it knows who sent it, when, and what is missing.
//!
//! Senders and receivers are in one process and share one clock: the way through the server is measured exactly.

const MAGIC: u32 = 0x484f_4d45;
pub const STAMP_LEN: usize = 24;
/// `reference` of a frame that needs no other.
pub const NO_REFERENCE: u32 = u32::MAX;

/// Who publishes it: participant, source and layer in one number. The layer is the lowest four bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag(pub u32);

impl Tag {
    pub fn new(bot: u32, source: u32, layer: u32) -> Tag {
        Tag(bot << 8 | source << 4 | layer)
    }

    /// The Track, whatever its layer.
    pub fn track(self) -> u32 {
        self.0 >> 4
    }
}

/// `number` counts frames. `reference`: of a picture, the frame it needs; of sound, its place within the talk-spurt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub tag: Tag,
    pub number: u32,
    pub reference: u32,
    pub sent_us: u64,
}

impl Stamp {
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(MAGIC.to_be_bytes());
        out.extend(self.tag.0.to_be_bytes());
        out.extend(self.number.to_be_bytes());
        out.extend(self.reference.to_be_bytes());
        out.extend(self.sent_us.to_be_bytes());
    }

    /// The stamp at the front of `bytes`; None when a stranger sent them.
    pub fn read(bytes: &[u8]) -> Option<Stamp> {
        if word(bytes, 0)? != MAGIC {
            return None;
        }
        let sent_us: [u8; 8] = bytes.get(16..24)?.try_into().ok()?;
        Some(Stamp {
            tag: Tag(word(bytes, 4)?),
            number: word(bytes, 8)?,
            reference: word(bytes, 12)?,
            sent_us: u64::from_be_bytes(sent_us),
        })
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_be_bytes(four))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let stamp = Stamp {
            tag: Tag::new(7, 2, 1),
            number: 9,
            reference: NO_REFERENCE,
            sent_us: 1 << 40,
        };
        let mut bytes = Vec::new();
        stamp.write(&mut bytes);
        assert_eq!(bytes.len(), STAMP_LEN);
        assert_eq!(Stamp::read(&bytes), Some(stamp));
        assert_eq!(Stamp::read(&bytes[..20]), None);
        assert_eq!(Stamp::read(&[0; 24]), None);
        assert_eq!(stamp.tag.track(), Tag::new(7, 2, 0).track());
    }
}
