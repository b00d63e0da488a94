use std::fmt;
use std::process::Command;

use serde::Serialize;

use super::usage::kibibytes;

/// What the figures were measured on.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cores: usize,
    processor: String,
    memory_bytes: u64,
    kernel: String,
    nginx: String,
}

impl Machine {
    /// Looks at this machine; what it does not tell is `unknown`, or 0.
    pub(crate) fn look() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let processor = read("/proc/cpuinfo");
        let processor = processor.lines().find_map(|line| {
            line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim().to_owned())
        });
        let nginx = crate::tools::find("nginx")
            .and_then(|program| Command::new(program).arg("-v").output().ok())
            .map(|output| String::from_utf8_lossy(&output.stderr).trim().to_owned())
            .and_then(|text| text.rsplit_once('/').map(|(_, version)| version.to_owned()));
        let unknown = || "unknown".to_owned();
        Self {
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            processor: processor.unwrap_or_else(unknown),
            memory_bytes: kibibytes(&read("/proc/meminfo"), "MemTotal:").unwrap_or_default(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            nginx: nginx.unwrap_or_else(unknown),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cores, processor, memory_bytes, kernel, nginx } = self;
        let memory = memory_bytes >> 30;
        write!(f, "{cores} cores ({processor}), {memory} GiB, Linux {kernel}, nginx {nginx}")
    }
}
