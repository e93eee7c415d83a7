//! Segments as files: `<folder>/<recording>/<media_id>/<number>.hrs`.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use spool::copy_a::{NotAppended, Store};
use spool::progress::Trouble;

/// Recordings are nobody's but the server's.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// Numbers tried before a folder is held to be broken; a recording of a day has some hundred segments.
const SEGMENTS_MAX: u32 = 999_999;

pub(super) struct Files {
    folder: PathBuf,
    media_id: String,
}

/// One open segment.
pub(super) struct Segment {
    file: File,
    path: PathBuf,
    /// What the path named when it was made.
    inode: (u64, u64),
    len: u64,
    folders_synced: AtomicBool,
}

/// What the syncing thread holds of a segment.
pub(super) struct Handle {
    file: File,
    path: PathBuf,
    inode: (u64, u64),
    folders: Option<PathBuf>,
}

/// Why a segment is not durable.
pub(super) enum NotSynced {
    /// The path does not name it any more.
    Gone,
    Failed(Trouble),
}

impl Files {
    pub(super) fn new(folder: PathBuf, media_id: &str) -> Self {
        Self {
            folder,
            media_id: media_id.to_owned(),
        }
    }
}

pub(super) fn trouble(error: &io::Error) -> Trouble {
    match error.raw_os_error() {
        Some(libc::ENOSPC | libc::EDQUOT) => Trouble::DiskFull,
        Some(libc::EROFS | libc::EACCES | libc::EPERM) => Trouble::ReadOnly,
        Some(libc::ENOENT | libc::ENOTDIR) => Trouble::FolderMissing,
        _ => Trouble::Io(error.kind().to_string()),
    }
}

impl Store for Files {
    type File = Segment;
    type Handle = io::Result<Handle>;

    fn create(
        &mut self,
        recording: &str,
        segment: u32,
        head: &dyn Fn(u32) -> Vec<u8>,
    ) -> Result<(u32, Segment), Trouble> {
        let folder = self.folder.join(recording).join(&self.media_id);
        DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(&folder)
            .map_err(|error| trouble(&error))?;
        for number in segment..=SEGMENTS_MAX {
            let path = folder.join(format!("{number:06}.hrs"));
            let made = OpenOptions::new()
                .append(true)
                .create_new(true)
                .mode(FILE_MODE)
                .open(&path);
            match made {
                Ok(file) => return begin(file, path, &head(number)).map(|made| (number, made)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(trouble(&error)),
            }
        }
        Err(Trouble::Io("too many segments".to_owned()))
    }

    fn append(&mut self, file: &mut Segment, parts: &[&[u8]]) -> Result<(), NotAppended> {
        let written = parts
            .iter()
            .try_for_each(|part| (&file.file).write_all(part));
        let added: u64 = parts.iter().map(|part| part.len() as u64).sum();
        match written {
            Ok(()) => {
                file.len += added;
                Ok(())
            }
            Err(error) => match file.file.set_len(file.len) {
                Ok(()) => Err(NotAppended::Clean(trouble(&error))),
                Err(_) => Err(NotAppended::Broken(trouble(&error))),
            },
        }
    }

    fn handle(&self, file: &Segment) -> io::Result<Handle> {
        let is_first = !file.folders_synced.swap(true, Ordering::Relaxed);
        Ok(Handle {
            file: file.file.try_clone()?,
            path: file.path.clone(),
            inode: file.inode,
            folders: is_first.then(|| self.folder.clone()),
        })
    }
}

fn begin(mut file: File, path: PathBuf, head: &[u8]) -> Result<Segment, Trouble> {
    let made = file.write_all(head).and_then(|()| file.metadata());
    let about = made.map_err(|error| {
        // An empty segment says nothing; if even this fails, a reader passes over it.
        let _ = std::fs::remove_file(&path);
        trouble(&error)
    })?;
    Ok(Segment {
        inode: (about.dev(), about.ino()),
        file,
        path,
        len: head.len() as u64,
        folders_synced: AtomicBool::new(false),
    })
}

impl Handle {
    /// Make durable what was written, and its way from the spool's folder down; see that it is still there.
    pub(super) fn sync(&self) -> Result<(), NotSynced> {
        let failed = |error: io::Error| NotSynced::Failed(trouble(&error));
        self.file.sync_data().map_err(failed)?;
        if let Some(top) = &self.folders {
            let folders = self.path.ancestors().skip(1);
            for folder in folders.take_while(|folder| folder.starts_with(top)) {
                sync_folder(folder)?;
            }
        }
        match std::fs::metadata(&self.path) {
            Ok(about) if (about.dev(), about.ino()) == self.inode => Ok(()),
            Ok(_) => Err(NotSynced::Gone),
            Err(error) => match trouble(&error) {
                Trouble::FolderMissing => Err(NotSynced::Gone),
                other => Err(NotSynced::Failed(other)),
            },
        }
    }
}

fn sync_folder(folder: &Path) -> Result<(), NotSynced> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Ok(()) => Ok(()),
        Err(error) => match trouble(&error) {
            Trouble::FolderMissing => Err(NotSynced::Gone),
            other => Err(NotSynced::Failed(other)),
        },
    }
}
