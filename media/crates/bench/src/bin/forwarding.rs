//! `forwarding sfu|bare|clients|recorder|seal|hot ...`: the ends of `make measure-forwarding`, each a process of its own, and the functions of `make bench`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ran = match words.first().copied() {
        Some("sfu") => bench::sfu::run(&words[1..]),
        Some("bare") => bench::bare::run(&words[1..]),
        Some("clients") => bench::clients::run(&words[1..]),
        Some("recorder") => bench::recorder::run(&words[1..]),
        Some("seal") => Ok(bench::seal::run()),
        Some("hot") => bench::hot::run(&words[1..]),
        _ => Err("sfu, bare, clients, recorder, seal or hot".to_owned()),
    };
    match ran {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("forwarding: {error}");
            ExitCode::FAILURE
        }
    }
}
