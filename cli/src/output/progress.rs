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

/// A wheel that turns on standard error while something takes long; nothing is drawn where that is no
/// terminal.
#[must_use]
pub fn wheel(what: &str) -> ProgressBar {
    let wheel = ProgressBar::new_spinner().with_message(what.to_owned());
    wheel.enable_steady_tick(std::time::Duration::from_millis(200));
    wheel
}
