use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

use super::MISSING;

/// chromedriver on a port of its own; ended when dropped.
#[derive(Debug)]
pub(super) struct Chromedriver {
    child: Child,
    port: u16,
}

impl Chromedriver {
    /// Starts it, with `home` in place of the user's home.
    pub(super) fn start(home: &Path) -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .env("HOME", home)
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_CACHE_HOME")
            // The browser that it starts is in its group, and ends with it.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver: {error}\n{MISSING}"));
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        // It ends when the driver does, so that waiting for the line has an end as well.
        let port = lines.map_while(Result::ok).find_map(|line| port_in(&line));
        let Some(port) = port else {
            let ended = child.wait();
            panic!("chromedriver did not say its port: {ended:?}\n{MISSING}");
        };
        Self { child, port }
    }

    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// `ChromeDriver was started successfully on port 40519.`
fn port_in(line: &str) -> Option<u16> {
    line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // Nobody has waited for it, so that its id is no other's. An error says that it has ended.
        if let Some(group) = Pid::from_raw(self.child.id().cast_signed()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}
