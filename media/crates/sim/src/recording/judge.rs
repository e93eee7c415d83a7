//! Holds the two copies to their promise: every record that was forwarded is found bit for bit, or a gap names it.

use std::collections::{BTreeMap, BTreeSet};

use spool::frame::json_text;
use spool::read::{Content, records, segment};
use spool::seal::TapSeal;

use super::disk::Disk;
use super::media::KEY;

/// A record: its process, Tap and number.
pub type Id = (String, u32, u64);

/// What one copy holds of everything.
#[derive(Default)]
pub struct Holding {
    pub found: BTreeMap<Id, Vec<u8>>,
    /// Named by a gap, with its reason.
    pub gaps: BTreeMap<Id, u8>,
    /// How many records a Tap had in the end.
    pub ends: BTreeMap<(String, u32), u64>,
}

impl Holding {
    /// Read every segment, each by itself.
    pub fn read(disk: &Disk) -> Self {
        let mut holding = Self::default();
        for ((_, media_id, _), content) in &disk.files {
            let content = content.borrow();
            // A head that is torn: nothing after it either.
            if let Some((_, rest)) = segment(&content.bytes) {
                holding.read_one(media_id, rest);
            }
        }
        holding
    }

    fn read_one(&mut self, media_id: &str, bytes: &[u8]) {
        let mut seals = BTreeMap::new();
        for record in records(bytes) {
            let place = record.place();
            let id = |number| (media_id.to_owned(), place.tap, number);
            match record.content() {
                Content::Tap(json) => {
                    seals.insert(place.tap, seal_of(&String::from_utf8_lossy(json)));
                }
                Content::Packet(_) => {
                    let seal = &seals[&place.tap];
                    let packet = record.open(seal).expect("it opens");
                    let before = self.found.insert(id(place.number), packet.clone());
                    assert!(before.is_none_or(|before| before == packet));
                }
                Content::Gap { last, reason, .. } => {
                    self.gaps
                        .extend((place.number..=last).map(|number| (id(number), reason)));
                }
                Content::End { .. } => {
                    self.ends
                        .insert((media_id.to_owned(), place.tap), place.number);
                }
                Content::Report(_) | Content::Unknown => {}
            }
        }
    }

    /// Records that are neither here nor named as missing.
    pub fn unexplained<'a>(&self, of: impl Iterator<Item = &'a Id>) -> BTreeSet<&'a Id> {
        of.filter(|id| !self.found.contains_key(id) && !self.gaps.contains_key(id))
            .collect()
    }
}

fn seal_of(json: &str) -> TapSeal {
    let salt = json_text(json, "salt").expect("a TAP has a salt");
    let byte = |at: usize| u8::from_str_radix(&salt[2 * at..2 * at + 2], 16).expect("hex");
    let salt: [u8; 16] = std::array::from_fn(byte);
    TapSeal::new(&KEY, &salt).expect("made keys")
}
