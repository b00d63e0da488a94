use indicatif::{ProgressBar, ProgressStyle};

/// A bar that counts bytes on standard error; nothing is drawn where that is no terminal.
#[must_use]
pub fn byte_bar(total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    match ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A bar that counts things of a kind on standard error; nothing is drawn where that is no terminal.
#[must_use]
pub fn progress_bar(total: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::new(total);
    match ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        Ok(style) => bar.with_style(style).with_message(what.to_owned()),
        Err(_) => bar,
    }
}
