//! Copy B's threads: one connects and sends, one reads what the recorder acknowledges.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use spool::copy_b::{CopyB, Frame};
use spool::format::{Copy, Origin};
use spool::frame::{self, Said};
use spool::progress::Trouble;

use super::gather::random;
use super::{Shared, lock};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The handshake may take so long, each read of it.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// A blocked read or write looks up so often to see whether it should stop.
const LOOK_UP: Duration = Duration::from_millis(500);
const RETRY_FIRST: Duration = Duration::from_millis(200);
const RETRY_MAX: Duration = Duration::from_secs(2);
/// Longest sleep of a thread that nobody wakes.
const SLEEP_MAX: Duration = Duration::from_millis(200);
/// Blocks without an acknowledgement for so long are told;
const SILENT_US: u64 = 10_000_000;
/// after this the connection is given up.
const DEAD_US: u64 = 60_000_000;
/// So long a stopping process waits for the last acknowledgements.
const STOP_PATIENCE_US: u64 = 2_000_000;

pub(super) struct Sender {
    pub(super) address: String,
    pub(super) token: Vec<u8>,
    pub(super) origin: Origin,
}

enum Socket {
    Unix(UnixStream),
    Tcp(TcpStream),
}

/// One call on whichever socket it is.
macro_rules! on {
    ($socket:expr, $one:ident => $call:expr) => {
        match $socket {
            Socket::Unix($one) => $call,
            Socket::Tcp($one) => $call,
        }
    };
}

impl Socket {
    fn connect(address: &str) -> io::Result<Self> {
        if let Some(path) = address.strip_prefix("unix:") {
            return UnixStream::connect(path).map(Self::Unix);
        }
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
                Ok(connected) => {
                    connected.set_nodelay(true)?;
                    return Ok(Self::Tcp(connected));
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn set_timeouts(&self, timeout: Duration) -> io::Result<()> {
        on!(self, one => {
            one.set_read_timeout(Some(timeout))?;
            one.set_write_timeout(Some(timeout))
        })
    }

    fn try_clone(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Unix(one) => Self::Unix(one.try_clone()?),
            Self::Tcp(one) => Self::Tcp(one.try_clone()?),
        })
    }

    fn shut(&self) {
        // The other end may have done it already.
        let _ = on!(self, one => one.shutdown(Shutdown::Both));
    }

    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        on!(self, one => one.read(bytes))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        on!(self, one => one.write(bytes))
    }
}

/// What the two threads of one connection know of each other.
struct Line {
    broken: AtomicBool,
    /// When the recorder last acknowledged, or began to have something to acknowledge.
    heard_us: AtomicU64,
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

fn copy_b(shared: &Shared) -> MutexGuard<'_, CopyB> {
    // The threads in here run only when there is a copy B.
    lock(shared.b.as_ref().unwrap())
}

impl Sender {
    /// Connect, send, connect again, until told to stop.
    pub(super) fn run(&self, shared: &Arc<Shared>) {
        let mut pause = RETRY_FIRST;
        while !shared.is_stopping() {
            match self.greet() {
                Ok(socket) => {
                    pause = RETRY_FIRST;
                    tell(shared, None);
                    serve(shared, socket);
                    if !shared.is_stopping() {
                        tell(shared, Some(Trouble::RecorderUnreachable));
                    }
                }
                Err(trouble) => tell(shared, Some(trouble)),
            }
            if !shared.is_stopping() {
                std::thread::sleep(pause);
                pause = (pause * 2).min(RETRY_MAX);
            }
        }
    }

    /// Both ends prove that they know the token.
    fn greet(&self) -> Result<Socket, Trouble> {
        let unreachable = |_| Trouble::RecorderUnreachable;
        let strange = || Trouble::RecorderRefused("it does not speak this protocol".to_owned());
        let mut socket = Socket::connect(&self.address).map_err(unreachable)?;
        socket
            .set_timeouts(HANDSHAKE_TIMEOUT)
            .map_err(unreachable)?;
        let Said::Challenge(theirs) = read_whole(&mut socket).map_err(unreachable)? else {
            return Err(strange());
        };
        let ours = random().ok_or(Trouble::RecorderUnreachable)?;
        let hello = frame::hello(&self.token, &theirs, &ours, &self.origin);
        let mut rest = &hello[..];
        while !rest.is_empty() {
            let count = socket.write(rest).map_err(unreachable)?;
            rest = &rest[count.min(rest.len())..];
        }
        match read_whole(&mut socket).map_err(unreachable)? {
            Said::Welcome { proof } if frame::is_welcome(&self.token, &theirs, &ours, &proof) => {}
            Said::Welcome { .. } => {
                return Err(Trouble::RecorderRefused("it has another token".to_owned()));
            }
            Said::Refused { json } => {
                let why = frame::json_text(&json, "text").unwrap_or_default();
                return Err(Trouble::RecorderRefused(
                    why.trim_end_matches('.').to_owned(),
                ));
            }
            _ => return Err(strange()),
        }
        socket.set_timeouts(LOOK_UP).map_err(unreachable)?;
        Ok(socket)
    }
}

fn tell(shared: &Shared, trouble: Option<Trouble>) {
    let now = shared.now_us();
    lock(&shared.ledger).trouble(Copy::B, None, trouble.as_ref(), now);
}

fn read_whole(socket: &mut Socket) -> io::Result<Said> {
    let malformed = || io::Error::from(io::ErrorKind::InvalidData);
    let mut front = [0; 4];
    fill(socket, &mut front, &mut || false)?;
    let mut body = vec![0; frame::length(front).map_err(|_| malformed())?];
    fill(socket, &mut body, &mut || false)?;
    frame::parse(&body).map_err(|_| malformed())
}

/// Fill a buffer. A timeout is an error unless `go_on`.
fn fill(socket: &mut Socket, bytes: &mut [u8], go_on: &mut dyn FnMut() -> bool) -> io::Result<()> {
    let mut filled = 0;
    while filled < bytes.len() {
        match socket.read(&mut bytes[filled..]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => filled += count,
            Err(error) if is_timeout(&error) && go_on() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// One connection, until it breaks or the process stops and everything is acknowledged.
fn serve(shared: &Arc<Shared>, mut socket: Socket) {
    copy_b(shared).begin();
    let line = Arc::new(Line {
        broken: AtomicBool::new(false),
        heard_us: AtomicU64::new(shared.now_us()),
    });
    let reader = socket.try_clone().and_then(|socket| {
        let (shared, line) = (Arc::clone(shared), Arc::clone(&line));
        std::thread::Builder::new()
            .name("spool-b-acks".to_owned())
            .spawn(move || listen(&shared, &line, socket))
    });
    let Ok(reader) = reader else { return };
    let mut give_up_at = u64::MAX;
    while let Some(frame) = next(shared, &line, &mut give_up_at) {
        if send(shared, &line, &mut socket, &frame).is_err() {
            break;
        }
    }
    line.broken.store(true, Ordering::Release);
    socket.shut();
    let _ = reader.join();
}

/// The next frame; None: the connection is over.
fn next(shared: &Shared, line: &Line, give_up_at: &mut u64) -> Option<Frame> {
    let mut copy = copy_b(shared);
    loop {
        let now = shared.now_us();
        if line.broken.load(Ordering::Acquire) || is_dead(shared, line, copy.awaits_ack(), now) {
            return None;
        }
        if !copy.awaits_ack() {
            line.heard_us.store(now, Ordering::Relaxed);
        }
        if let Some(frame) = copy.next_frame() {
            return Some(frame);
        }
        if shared.is_stopping() {
            *give_up_at = (*give_up_at).min(now + STOP_PATIENCE_US);
            if now >= *give_up_at || copy.waiting.is_empty() {
                return None;
            }
        }
        (copy, _) = shared
            .wake_b
            .wait_timeout(copy, SLEEP_MAX)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

/// Tell a recorder that is silent, give up one that is so for long.
fn is_dead(shared: &Shared, line: &Line, awaits_ack: bool, now: u64) -> bool {
    let silent_us = now.saturating_sub(line.heard_us.load(Ordering::Relaxed));
    if awaits_ack && silent_us > SILENT_US {
        tell(shared, Some(Trouble::RecorderSilent));
    }
    awaits_ack && silent_us > DEAD_US
}

fn send(shared: &Shared, line: &Line, socket: &mut Socket, frame: &Frame) -> io::Result<()> {
    let block: &[u8] = frame.block.as_ref().map_or(&[], |block| &block.bytes);
    for mut rest in [&frame.head[..], &frame.before, block] {
        while !rest.is_empty() {
            match socket.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => rest = &rest[count..],
                Err(error) if is_timeout(&error) => {
                    let is_over = line.broken.load(Ordering::Acquire)
                        || shared.is_stopping()
                        || is_dead(shared, line, true, shared.now_us());
                    if is_over {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Acknowledgements, and what the recorder says of its own troubles.
fn listen(shared: &Shared, line: &Line, mut socket: Socket) {
    let mut read = || -> io::Result<Said> {
        let malformed = || io::Error::from(io::ErrorKind::InvalidData);
        let mut go_on = || !line.broken.load(Ordering::Acquire);
        let mut front = [0; 4];
        fill(&mut socket, &mut front, &mut go_on)?;
        let mut body = vec![0; frame::length(front).map_err(|_| malformed())?];
        fill(&mut socket, &mut body, &mut go_on)?;
        frame::parse(&body).map_err(|_| malformed())
    };
    let mut in_trouble = false;
    while let Ok(said) = read() {
        match said {
            Said::Ack(number) => {
                line.heard_us.store(shared.now_us(), Ordering::Relaxed);
                let acked = copy_b(shared).acked(number);
                let mut ledger = lock(&shared.ledger);
                for one in acked {
                    ledger.durable(Copy::B, &one.recording, &one.spans, &[one.block]);
                }
                if !in_trouble {
                    ledger.trouble(Copy::B, None, None, shared.now_us());
                }
                drop(ledger);
                shared.wake_b.notify_one();
            }
            Said::Trouble { json } => in_trouble = note_trouble(shared, &json),
            _ => break,
        }
    }
    line.broken.store(true, Ordering::Release);
    shared.wake_b.notify_one();
}

/// Whether it is in trouble now.
fn note_trouble(shared: &Shared, json: &str) -> bool {
    let text = |name| frame::json_text(json, name).unwrap_or_default();
    let (recording, code, text) = (text("recording_id"), text("code"), text("text"));
    let recording = (!recording.is_empty()).then_some(recording);
    let trouble = (!code.is_empty()).then_some(Trouble::Recorder { code, text });
    lock(&shared.ledger).trouble(
        Copy::B,
        recording.as_deref(),
        trouble.as_ref(),
        shared.now_us(),
    );
    trouble.is_some()
}
