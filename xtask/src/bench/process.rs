use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

use super::usage::Usage;

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

    /// What it and its children use now.
    ///
    /// # Errors
    /// When the process is gone, or the kernel does not tell.
    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of_family(self.child.id())
            .with_context(|| format!("cannot tell what {} uses", self.name))
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

#[cfg(test)]
mod tests {
    use super::*;

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
