//! Bakes a digest of the Rust sources into the module, so that a source tree notices when its module is stale.
//! `media/agent/build.py` computes the same; change both together.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// What is compiled into the module, below `media/`.
const CRATES: [&str; 4] = ["bindings", "driver", "engine", "wire"];

fn main() -> io::Result<()> {
    let media = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    let mut files = vec![media.join("Cargo.lock"), media.join("Cargo.toml")];
    for name in CRATES {
        let folder = media.join("crates").join(name);
        files.push(folder.join("Cargo.toml"));
        files.extend(Some(folder.join("build.rs")).filter(|path| path.exists()));
        collect(&folder.join("src"), &mut files)?;
        // A folder is newer when a file was added or removed.
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let mut named: Vec<(String, PathBuf)> = files
        .into_iter()
        .map(|path| (name_of(&media, &path), path))
        .collect();
    named.sort();
    let mut digest = Sha256::new();
    for (name, path) in named {
        println!("cargo::rerun-if-changed={}", path.display());
        let content = fs::read(&path)?;
        digest.update(format!("{name} {}\n", content.len()));
        digest.update(content);
    }
    let hex: String = digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    println!("cargo::rustc-env=HOMEROOM_SOURCE_DIGEST={hex}");
    println!(
        "cargo::rustc-env=HOMEROOM_PROFILE={}",
        std::env::var("PROFILE").unwrap_or_default()
    );
    Ok(())
}

fn name_of(media: &Path, path: &Path) -> String {
    path.strip_prefix(media)
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
