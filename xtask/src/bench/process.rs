use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

/// How long a server may take until it listens.
const START: Duration = Duration::from_secs(20);
/// How long it may take to stop before it is killed.
const STOP: Duration = Duration::from_secs(5);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// A server that this process started, and stops by its id when it is dropped, after a panic too.
///
/// It stays in this process's group: Ctrl-C on the terminal stops it as well.
pub(crate) struct Server {
    child: Child,
    name: &'static str,
    address: SocketAddr,
    /// What it prints.
    log: PathBuf,
}

impl Server {
    /// Starts `command`, which shall listen at `address`, and waits until it does.
    ///
    /// # Errors
    /// When it cannot be started, ends, or does not listen in time; the message holds what it
    /// printed.
    pub(crate) fn start(
        name: &'static str,
        command: &mut Command,
        address: SocketAddr,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let log = folder.join("output.log");
        let output = std::fs::File::create(&log).context("cannot create a log file")?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let mut server = Self { child, name, address, log };
        let deadline = Instant::now() + START;
        while TcpStream::connect(address).is_err() {
            if let Some(status) = server.child.try_wait()? {
                anyhow::bail!("{name} ended at its start ({status}):\n{}", server.printed());
            }
            anyhow::ensure!(
                Instant::now() < deadline,
                "{name} did not listen within {START:?}:\n{}",
                server.printed()
            );
            std::thread::sleep(BETWEEN_LOOKS);
        }
        Ok(server)
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The memory of the process and its children, in bytes: pages that they share count once.
    ///
    /// # Errors
    /// When the process is gone, or the kernel does not tell.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let mut bytes = proportional_bytes(self.child.id())
            .with_context(|| format!("cannot tell the memory of {}", self.name))?;
        for child in children(self.child.id())? {
            // A child may end while it is looked at.
            bytes += proportional_bytes(child).unwrap_or_default();
        }
        Ok(bytes)
    }

    /// The end of what it printed.
    fn printed(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked first: nginx's workers outlive a master that is killed.
        // An error says that it is gone already.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let deadline = Instant::now() + STOP;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(BETWEEN_LOOKS);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address of this machine where nobody listens now.
///
/// # Errors
/// When there is no free port.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    Ok(listener.local_addr()?)
}

/// The kernel's proportional set size.
fn proportional_bytes(process: u32) -> anyhow::Result<u64> {
    let path = Path::new("/proc").join(process.to_string()).join("smaps_rollup");
    let text = std::fs::read_to_string(path)?;
    kibibytes(&text, "Pss:").context("the kernel tells no Pss")
}

/// The value of a line such as `Pss:   281 kB`, in bytes.
pub(crate) fn kibibytes(text: &str, key: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    let number: u64 = value.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    number.checked_mul(1024)
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
    fn a_server_that_ends_at_its_start_shows_what_it_printed() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such directive >&2; exit 3"]);
        let address = free_address().unwrap();
        let Err(error) = Server::start("a server", &mut command, address, folder.path()) else {
            panic!("it has ended");
        };
        assert!(error.to_string().ends_with("no such directive"), "{error}");
    }
}
