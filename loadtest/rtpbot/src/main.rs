//! `rtpbot --bind ADDRESS`: synthetic participants' media for `homeroom loadtest`. Orders on standard input, news on standard
//! output, one JSON object a line (`orders.rs`). Ends when its input ends.

#![forbid(unsafe_code)]

mod books;
mod camera;
mod crowd;
mod drops;
mod mic;
mod orders;
mod picture;
mod publish;
mod sound;
mod stamp;
mod subscribe;
mod transport;
mod vp8;

use std::io::BufRead;
use std::net::IpAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use mio::Waker;

use crate::crowd::Crowd;
use crate::orders::{LINE_LEN_MAX, News, Order, tell};

/// Orders that wait; a controller that is faster waits on the pipe.
const ORDERS_MAX: usize = 4096;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let bind: IpAddr = match arguments.as_slice() {
        [flag, address] if flag == "--bind" => match address.parse() {
            Ok(address) => address,
            Err(_) => return usage(),
        },
        [flag] if flag == "--version" => {
            println!("rtpbot {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        _ => return usage(),
    };
    match run(bind) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rtpbot: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: rtpbot --bind ADDRESS");
    ExitCode::from(2)
}

fn run(bind: IpAddr) -> std::io::Result<()> {
    let (mut crowd, waker) = Crowd::new(bind)?;
    let (sender, orders) = sync_channel(ORDERS_MAX);
    std::thread::Builder::new()
        .name("orders".into())
        .spawn(move || listen(&sender, &waker))?;
    tell(&News::Ready {
        version: env!("CARGO_PKG_VERSION"),
    });
    crowd.run(&orders)
}

fn listen(sender: &SyncSender<Order>, waker: &Arc<Waker>) {
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        match serde_json::from_str(&line) {
            Ok(order) if line.len() <= LINE_LEN_MAX => {
                if sender.send(order).is_err() {
                    return;
                }
            }
            Ok(_) => eprintln!("rtpbot: an order is too long"),
            Err(error) => eprintln!("rtpbot: not an order: {error}"),
        }
        let _ = waker.wake();
    }
    // The controller is gone: `sender` is dropped, and the crowd sees that when it wakes.
    let _ = waker.wake();
}
