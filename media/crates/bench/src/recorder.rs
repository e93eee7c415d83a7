//! A recorder that only takes: what copy B costs the media process, without what a real one costs.

use std::io::{BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};

use aws_lc_rs::hmac;

pub const TOKEN: &[u8] = b"measured";

const CHALLENGE: u8 = 1;
const WELCOME: u8 = 3;
const ACK: u8 = 6;
const CHALLENGE_LEN: usize = 32;
/// As the format's frames.
const FRAME_LEN_MAX: usize = 1024 * 1024;

/// `recorder SOCKET`: takes one connection after another, acknowledges each block at once, until it is killed.
pub fn run(arguments: &[&str]) -> Result<i32, String> {
    let path = arguments.first().ok_or("recorder SOCKET")?;
    let listener = UnixListener::bind(path).map_err(|error| error.to_string())?;
    crate::serve::say("{}");
    // A connection that breaks is the end of a measured server. The end of the line that we are asked on is ours.
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let _ = serve(socket);
        }
    });
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
    Ok(0)
}

fn serve(mut socket: UnixStream) -> std::io::Result<()> {
    let mut reader = BufReader::with_capacity(FRAME_LEN_MAX, socket.try_clone()?);
    let challenge = [7; CHALLENGE_LEN];
    socket.write_all(&framed(CHALLENGE, &challenge))?;
    let hello = read(&mut reader)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, TOKEN);
    let mut proof = hmac::Context::with_key(&key);
    let ours = hello.get(1..=CHALLENGE_LEN).unwrap_or_default();
    [b"homeroom copy b recorder", ours, &challenge[..]]
        .iter()
        .for_each(|part| proof.update(part));
    socket.write_all(&framed(WELCOME, proof.sign().as_ref()))?;
    loop {
        let block = read(&mut reader)?;
        let number = block.get(1..9).unwrap_or_default();
        socket.write_all(&framed(ACK, number))?;
    }
}

fn framed(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32 + 1).to_be_bytes().to_vec();
    frame.push(kind);
    frame.extend_from_slice(payload);
    frame
}

fn read(from: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut front = [0; 4];
    from.read_exact(&mut front)?;
    let mut frame = vec![0; (u32::from_be_bytes(front) as usize).min(FRAME_LEN_MAX)];
    from.read_exact(&mut frame)?;
    Ok(frame)
}
