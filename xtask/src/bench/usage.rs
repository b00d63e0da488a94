use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

/// What a server has of the machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// In bytes; pages that its processes share count once (the kernel's proportional set size).
    pub(crate) memory: u64,
    /// Time on a core since its start, in user space and in the kernel.
    pub(crate) cpu: Duration,
}

impl Usage {
    /// The process and its children; nginx works in children.
    ///
    /// # Errors
    /// When the process is gone, or the kernel does not tell.
    pub(crate) fn of_family(process: u32) -> anyhow::Result<Self> {
        let mut usage = Self::of(process)?;
        for child in children(process)? {
            // A child may end while it is looked at.
            let child = Self::of(child).unwrap_or_default();
            usage.memory += child.memory;
            usage.cpu += child.cpu;
        }
        Ok(usage)
    }

    fn of(process: u32) -> anyhow::Result<Self> {
        let folder = folder(process);
        let memory = std::fs::read_to_string(folder.join("smaps_rollup"))?;
        let memory = kibibytes(&memory, "Pss:").context("the kernel tells no Pss")?;
        let ticks = ticks(&std::fs::read_to_string(folder.join("stat"))?)
            .context("the kernel tells no time on a core")?;
        let per_second = rustix::param::clock_ticks_per_second().max(1);
        Ok(Self { memory, cpu: Duration::from_millis(ticks * 1000 / per_second) })
    }
}

fn folder(process: u32) -> PathBuf {
    Path::new("/proc").join(process.to_string())
}

/// The value of a line such as `Pss:   281 kB`, in bytes.
pub(crate) fn kibibytes(text: &str, key: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    let number: u64 = value.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    number.checked_mul(1024)
}

/// `utime` and `stime` of /proc/PID/stat (proc_pid_stat(5): fields 14 and 15), together. The
/// second field is the program's name, which may hold anything, a `)` too.
fn ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut times = after_name.split_whitespace().skip(11).map(str::parse::<u64>);
    times.next()?.ok()?.checked_add(times.next()?.ok()?)
}

fn children(parent: u32) -> anyhow::Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in Path::new("/proc").read_dir().context("cannot list the processes")? {
        let entry = entry?;
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let of = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        if of.and_then(|of| of.trim().parse().ok()) == Some(parent) {
            found.push(process);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_sizes_are_read_as_bytes() {
        let text = "Rss:     1768 kB\nPss:      281 kB\n";
        assert_eq!(kibibytes(text, "Pss:"), Some(281 * 1024));
        assert_eq!(kibibytes(text, "Swap:"), None);
        assert_eq!(kibibytes("Pss: many kB", "Pss:"), None);
    }

    #[test]
    fn a_name_with_a_bracket_shifts_no_field() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 140 60 0 0";
        assert_eq!(ticks(stat), Some(200));
        assert_eq!(ticks("7 (a) S 1"), None);
    }

    #[test]
    fn a_family_uses_at_least_what_its_head_does() {
        let me = std::process::id();
        let family = Usage::of_family(me).unwrap();
        assert!(family.memory > 0);
        assert!(Usage::of_family(u32::MAX).is_err());
    }
}
