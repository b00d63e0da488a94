//! One program, run to its end and measured by the kernel.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use wait4::Wait4 as _;

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    /// From its start to its end.
    pub(super) wall: Duration,
    /// On cores, in user space, of all its threads.
    pub(super) user: Duration,
    /// On cores, in the kernel.
    pub(super) system: Duration,
    /// The most memory at one time, in bytes. Never less than what this process has, from which it
    /// was started.
    pub(super) memory: u64,
}

impl Taken {
    /// The smaller of each: what others on the machine take away, they add.
    fn or_less(self, other: Self) -> Self {
        Self {
            wall: self.wall.min(other.wall),
            user: self.user.min(other.user),
            system: self.system.min(other.system),
            memory: self.memory.min(other.memory),
        }
    }
}

/// Runs a program once, so that its files are in memory, then `times` times.
///
/// # Errors
/// When it cannot be started, or ends with none of the codes in `good`.
pub(super) fn best_of(
    times: u32,
    good: &[i32],
    make: impl Fn() -> Command,
) -> anyhow::Result<Taken> {
    once(&mut make(), good)?;
    let mut best = once(&mut make(), good)?;
    for _ in 1..times {
        best = best.or_less(once(&mut make(), good)?);
    }
    Ok(best)
}

fn once(command: &mut Command, good: &[i32]) -> anyhow::Result<Taken> {
    let program = command.get_program().to_string_lossy().into_owned();
    let began = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let child = child.with_context(|| format!("cannot start {program}"))?;
    let ended = child.wait4().with_context(|| format!("cannot wait for {program}"))?;
    let wall = began.elapsed();
    let passed = ended.status.code().is_some_and(|code| good.contains(&code));
    anyhow::ensure!(passed, "{program} failed: {}", ended.status);
    let usage = ended.rusage;
    Ok(Taken { wall, user: usage.utime, system: usage.stime, memory: usage.maxrss })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        shell
    }

    #[test]
    fn what_a_program_takes_is_its_own() {
        let taken = best_of(2, &[0], || shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"));
        let taken = taken.unwrap();
        assert!(taken.user > Duration::ZERO && taken.memory > 0, "{taken:?}");
        assert!(taken.wall >= taken.user / 2, "{taken:?}");
    }

    #[test]
    fn a_program_that_fails_is_no_measurement() {
        assert!(best_of(1, &[0, 1], || shell("exit 3")).is_err());
        assert!(best_of(1, &[0, 1], || shell("exit 1")).is_ok());
    }
}
