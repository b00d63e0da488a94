//! What parsing costs, and nothing else: reads every TOML file below a folder with the `toml`
//! crate, on as many threads as `RAYON_NUM_THREADS` says. `cargo xtask bench scan` holds the
//! auditor against it.
#![expect(clippy::panic, clippy::print_stdout, reason = "a panic is the report of a benchmark")]

use std::path::PathBuf;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use toml::de::DeTable;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(how), Some(folder)) = (arguments.next(), arguments.next()) else {
        panic!("usage: parse_toml document|table FOLDER");
    };
    let parses: fn(&str) -> bool = match &*how {
        "document" => |text| DeTable::parse(text).is_ok(),
        "table" => |text| text.parse::<toml::Table>().is_ok(),
        other => panic!("there is no way {other} to parse"),
    };
    let files = toml_files_below(folder.into());
    let read = files.par_iter().filter(|path| {
        // A corpus has files that are no TOML, or no text.
        std::fs::read_to_string(path).is_ok_and(|text| parses(&text))
    });
    println!("{} of {} files are TOML", read.count(), files.len());
}

fn toml_files_below(folder: PathBuf) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = folder.read_dir() else { panic!("cannot list {}", folder.display()) };
        for entry in entries.flatten() {
            let (path, kind) = (entry.path(), entry.file_type());
            if kind.as_ref().is_ok_and(std::fs::FileType::is_dir) {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "toml" || it == "lock") {
                found.push(path);
            }
        }
    }
    found
}
