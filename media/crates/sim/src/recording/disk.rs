//! A disk with faults: it fills up, turns read-only, forgets what was not synced, loses a folder.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use spool::copy_a::{NotAppended, Store};
use spool::progress::Trouble;

/// Where a segment lies: recording, process, number.
pub type Name = (String, String, u32);

/// What a path names.
#[derive(Clone, Default)]
pub struct Content {
    pub bytes: Vec<u8>,
    pub synced: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Well,
    Full,
    ReadOnly,
    /// Syncs fail, and what was not synced may be gone.
    SyncFails,
    /// Nothing returns for a while.
    Stalled,
}

#[derive(Default)]
pub struct Disk {
    pub files: BTreeMap<Name, Rc<RefCell<Content>>>,
    pub mood: Mood,
    /// A full disk took a part of the last append.
    pub torn: usize,
    /// The tail of a torn append could not be cut off.
    pub uncut: bool,
}

pub type Shared = Rc<RefCell<Disk>>;

/// One process's way to a disk.
pub struct Way {
    pub disk: Shared,
    pub media_id: String,
}

pub struct File {
    name: Name,
    content: Rc<RefCell<Content>>,
}

#[derive(Clone)]
pub struct Handle {
    pub name: Name,
    pub content: Rc<RefCell<Content>>,
}

impl Store for Way {
    type File = File;
    type Handle = Handle;

    fn create(
        &mut self,
        recording: &str,
        segment: u32,
        head: &dyn Fn(u32) -> Vec<u8>,
    ) -> Result<(u32, File), Trouble> {
        let mut disk = self.disk.borrow_mut();
        match disk.mood {
            Mood::Full => return Err(Trouble::DiskFull),
            Mood::ReadOnly => return Err(Trouble::ReadOnly),
            _ => {}
        }
        let name = |number| (recording.to_owned(), self.media_id.clone(), number);
        let is_free = |number: &u32| !disk.files.contains_key(&name(*number));
        let number = (segment..).find(is_free).unwrap_or(segment);
        let content = Rc::new(RefCell::new(Content {
            bytes: head(number),
            synced: 0,
        }));
        disk.files.insert(name(number), Rc::clone(&content));
        Ok((
            number,
            File {
                name: name(number),
                content,
            },
        ))
    }

    fn append(&mut self, file: &mut File, parts: &[&[u8]]) -> Result<(), NotAppended> {
        let disk = self.disk.borrow();
        let mut content = file.content.borrow_mut();
        let trouble = match disk.mood {
            Mood::Full => Trouble::DiskFull,
            Mood::ReadOnly => Trouble::ReadOnly,
            _ => {
                parts
                    .iter()
                    .for_each(|part| content.bytes.extend_from_slice(part));
                return Ok(());
            }
        };
        if !disk.uncut {
            return Err(NotAppended::Clean(trouble));
        }
        let whole: Vec<u8> = parts.concat();
        content
            .bytes
            .extend_from_slice(&whole[..disk.torn.min(whole.len() / 2)]);
        Err(NotAppended::Broken(trouble))
    }

    fn handle(&self, file: &File) -> Handle {
        Handle {
            name: file.name.clone(),
            content: Rc::clone(&file.content),
        }
    }
}

/// What became of a sync.
pub enum Synced {
    Yes,
    Gone,
    Failed,
}

impl Disk {
    pub fn sync(&mut self, handle: &Handle) -> Synced {
        let is_there = self
            .files
            .get(&handle.name)
            .is_some_and(|content| Rc::ptr_eq(content, &handle.content));
        let mut content = handle.content.borrow_mut();
        if self.mood == Mood::SyncFails {
            // The kernel throws dirty pages away; what it had written by chance stays.
            let kept = content.synced + self.torn.min(content.bytes.len() - content.synced) / 2;
            content.bytes.truncate(kept);
            return Synced::Failed;
        }
        content.synced = content.bytes.len();
        if is_there { Synced::Yes } else { Synced::Gone }
    }

    pub fn remove_folder(&mut self, recording: &str) {
        self.files.retain(|(of, ..), _| of != recording);
    }

    /// Nothing is sure but what was synced; of the rest a part may be there.
    pub fn cut_power(&mut self, by: &mut dyn FnMut(usize) -> usize) {
        for content in self.files.values() {
            let mut content = content.borrow_mut();
            let unsure = content.bytes.len() - content.synced;
            let kept = content.synced + by(unsure + 1);
            content.bytes.truncate(kept);
        }
    }
}
