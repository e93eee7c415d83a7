//! Lines in, lines of JSON out.

use std::io::{BufRead, Write};

/// Answer each line until the input ends. An error answers as `{"error": ...}` and ends the program.
pub fn serve(mut answer: impl FnMut(&[&str]) -> Result<String, String>) -> i32 {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match answer(&words) {
            Ok(text) => say(&text),
            Err(error) => {
                say(&format!(
                    "{{\"error\":\"{}\"}}",
                    error.replace(['"', '\\'], "/")
                ));
                return 1;
            }
        }
    }
    0
}

pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody listens any more: there is nothing left to do it for.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// The `index`-th word as a number.
pub fn number<T: std::str::FromStr>(words: &[&str], index: usize) -> Result<T, String> {
    let word = words.get(index).ok_or(format!("word {index} is missing"))?;
    word.parse().map_err(|_| format!("not a number: {word}"))
}
