//! A recorder that keeps what it gets in memory and acknowledges it.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use aws_lc_rs::hmac;
use spool::frame;

use super::{RECORDING, Scene, Segments, TOKEN};

pub struct Recorder {
    stop: Arc<AtomicBool>,
    path: PathBuf,
    records: Arc<Mutex<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    pub fn start(scene: &Scene) -> Self {
        Self::with_token(scene, TOKEN)
    }

    pub fn with_token(scene: &Scene, token: &'static [u8]) -> Self {
        let path = scene.root.join("recorder.sock");
        let listener = UnixListener::bind(&path).unwrap();
        listener.set_nonblocking(true).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let records = Arc::new(Mutex::new(Vec::new()));
        let (its_stop, its_records) = (Arc::clone(&stop), Arc::clone(&records));
        let thread = std::thread::spawn(move || {
            while !its_stop.load(Ordering::Relaxed) {
                if let Ok((socket, _)) = listener.accept() {
                    socket.set_nonblocking(false).unwrap();
                    let limit = Some(Duration::from_millis(20));
                    socket.set_read_timeout(limit).unwrap();
                    // A connection that breaks is one that the test broke.
                    let _ = serve(socket, token, &its_stop, &its_records);
                }
                std::thread::yield_now();
            }
        });
        Self {
            stop,
            path,
            records,
            thread: Some(thread),
        }
    }

    pub fn segments(&self) -> Segments {
        let mut all = Segments::default();
        all.take(&self.records.lock().unwrap());
        all
    }

    /// What it had written when it was killed.
    pub fn kill(mut self) -> Segments {
        self.end();
        self.segments()
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = fs::remove_file(&self.path);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.end();
    }
}

fn proof(token: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, token));
    parts.iter().for_each(|part| context.update(part));
    context.sign().as_ref().to_vec()
}

fn framed(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32 + 1).to_be_bytes().to_vec();
    frame.push(kind);
    frame.extend_from_slice(payload);
    frame
}

fn read_frame(socket: &mut UnixStream, stop: &AtomicBool) -> std::io::Result<(u8, Vec<u8>)> {
    let mut fill = |bytes: &mut [u8]| -> std::io::Result<()> {
        let mut filled = 0;
        while filled < bytes.len() {
            match socket.read(&mut bytes[filled..]) {
                Ok(0) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => filled += count,
                Err(_) if !stop.load(Ordering::Relaxed) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    };
    let mut front = [0; 4];
    fill(&mut front)?;
    let mut body = vec![0; frame::length(front).unwrap()];
    fill(&mut body)?;
    let payload = body.split_off(1);
    Ok((body[0], payload))
}

fn serve(
    mut socket: UnixStream,
    token: &[u8],
    stop: &AtomicBool,
    into: &Mutex<Vec<u8>>,
) -> std::io::Result<()> {
    let challenge = [5; 32];
    socket.write_all(&framed(frame::CHALLENGE, &challenge))?;
    let (kind, hello) = read_frame(&mut socket, stop)?;
    assert_eq!(kind, frame::HELLO);
    let welcome = proof(
        token,
        &[b"homeroom copy b recorder", &hello[..32], &challenge],
    );
    socket.write_all(&framed(frame::WELCOME, &welcome))?;
    loop {
        let (kind, block) = read_frame(&mut socket, stop)?;
        assert_eq!(kind, frame::BLOCK);
        let id_len = usize::from(block[8]);
        assert_eq!(&block[9..9 + id_len], RECORDING.as_bytes());
        into.lock().unwrap().extend_from_slice(&block[9 + id_len..]);
        socket.write_all(&framed(frame::ACK, &block[..8]))?;
    }
}
