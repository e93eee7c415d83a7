//! How far the copies of a recording are, as control is told.

use std::sync::Arc;

use crate::format::Copy;

/// What keeps a copy from being written. Told with a stable code and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    DiskFull,
    ReadOnly,
    FolderMissing,
    Io(String),
    RecorderUnreachable,
    RecorderRefused(String),
    RecorderSilent,
    /// What the recorder says of its own side.
    Recorder {
        code: String,
        text: String,
    },
}

impl Trouble {
    pub fn code(&self) -> &str {
        match self {
            Self::DiskFull => "disk_full",
            Self::ReadOnly => "read_only",
            Self::FolderMissing => "folder_missing",
            Self::Io(_) => "io_error",
            Self::RecorderUnreachable => "recorder_unreachable",
            Self::RecorderRefused(_) => "recorder_refused",
            Self::RecorderSilent => "recorder_silent",
            Self::Recorder { code, .. } => code,
        }
    }

    pub fn text(&self) -> String {
        match self {
            Self::DiskFull => "The disk of the spool is full.".to_owned(),
            Self::ReadOnly => "The spool cannot be written: the disk is read-only.".to_owned(),
            Self::FolderMissing => "The spool's folder or file was removed.".to_owned(),
            Self::Io(why) => format!("The spool cannot be written: {why}."),
            Self::RecorderUnreachable => "The recorder cannot be reached.".to_owned(),
            Self::RecorderRefused(why) => format!("The recorder refuses: {why}."),
            Self::RecorderSilent => "The recorder acknowledges nothing any more.".to_owned(),
            Self::Recorder { text, .. } => text.clone(),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub durable: u64,
    pub lost: u64,
    /// Arrival of the newest durable record; Unix time, 0: none.
    pub durable_utc_us: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapProgress {
    pub tap_id: String,
    pub track_id: String,
    pub forwarded: u64,
    pub forwarded_utc_us: u64,
    pub a: Position,
    pub b: Position,
    pub open: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyHealth {
    Ok,
    Off,
    Lagging,
    Failing,
}

impl CopyHealth {
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Off => "off",
            Self::Lagging => "lagging",
            Self::Failing => "failing",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyState {
    pub copy: Copy,
    pub health: CopyHealth,
    pub code: String,
    pub text: String,
    pub since_utc_us: u64,
    pub waiting_bytes: u64,
    pub oldest_waiting_utc_us: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    pub recording: Arc<str>,
    pub at_utc_us: u64,
    pub taps: Vec<TapProgress>,
    pub copies: [CopyState; 2],
    pub settled: bool,
}
