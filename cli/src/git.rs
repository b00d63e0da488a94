//! The user's own git: the one process that depaudit starts.
//!
//! It is asked because only it reads every form of a repository and knows the user's
//! `safe.directory`. It is told to run none of what a repository's configuration can name (a file
//! system monitor, hooks), to ask nobody for a password, and to fetch nothing: what a partial clone
//! lacks is missing.

use std::io::{self, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use depaudit_model::terminal::printable;

/// Variables that a hook that runs depaudit has set for its own repository; another is asked here.
const OF_A_HOOK: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_EXTERNAL_DIFF",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
];

/// A repository: a checkout, a folder in one, or a bare repository.
#[derive(Debug, Clone)]
pub struct Repository(PathBuf);

impl Repository {
    /// The repository that `folder` is or lies in. Whether there is one shows when it is asked.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// What git prints for these arguments.
    ///
    /// # Errors
    /// When there is no git, it fails, or prints more than `longest` bytes.
    pub fn ask(&self, arguments: &[&str], longest: u64) -> anyhow::Result<Vec<u8>> {
        let mut running = self.start(arguments, Stdio::null())?;
        let mut printed = Vec::new();
        if let Some(out) = running.stdout.take() {
            out.take(longest + 1).read_to_end(&mut printed).context("cannot read what git says")?;
        }
        self.end(running)?;
        ensure!(printed.len() as u64 <= longest, "git prints more than {longest} bytes");
        Ok(printed)
    }

    /// Hands each of the blobs named in `ids` to `each`, with its place in the list and its size.
    /// What `each` leaves unread is passed over.
    ///
    /// # Errors
    /// When git fails, or does not have one of them.
    pub fn blobs(
        &self,
        ids: &[String],
        mut each: impl FnMut(usize, &mut dyn Read) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut running = self.start(&["cat-file", "--batch"], Stdio::piped())?;
        let (input, output) = (running.stdin.take(), running.stdout.take());
        let read = std::thread::scope(|scope| {
            // In a thread of its own: git stops reading while nobody takes what it prints.
            scope.spawn(move || -> io::Result<()> {
                let Some(mut input) = input else { return Ok(()) };
                ids.iter().try_for_each(|id| writeln!(input, "{id}"))
            });
            let Some(output) = output else { return Ok(()) };
            let mut output = BufReader::new(output);
            for place in 0..ids.len() {
                let size = blob_size(&mut output)?;
                let mut blob = (&mut output).take(size);
                each(place, &mut blob)?;
                io::copy(&mut blob, &mut io::sink())?;
                // A newline ends it.
                output.read_exact(&mut [0])?;
            }
            anyhow::Ok(())
        });
        let ended = self.end(running);
        read.context("cannot read what git says")?;
        ended
    }

    fn start(&self, arguments: &[&str], input: Stdio) -> anyhow::Result<Child> {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.0);
        command.args(["-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null"]);
        command.args(["-c", "protocol.allow=never"]).args(arguments);
        command.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_NO_LAZY_FETCH", "1");
        for name in OF_A_HOOK {
            command.env_remove(name);
        }
        command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().context("cannot run git")
    }

    fn end(&self, mut running: Child) -> anyhow::Result<()> {
        let mut said = Vec::new();
        if let Some(err) = running.stderr.take() {
            err.take(4_096).read_to_end(&mut said).context("cannot read what git says")?;
        }
        let ended = running.wait().context("cannot wait for git")?;
        let said = String::from_utf8_lossy(&said);
        let why = said.lines().next().unwrap_or("it says nothing");
        ensure!(ended.success(), "git in {}: {}", self.0.display(), printable(why));
        Ok(())
    }
}

/// Reads the line before a blob: `<id> blob <size>`.
fn blob_size(output: &mut impl Read) -> anyhow::Result<u64> {
    const LONGEST: usize = 200;
    let mut line = Vec::new();
    loop {
        let mut byte = [0];
        output.read_exact(&mut byte)?;
        if byte == *b"\n" {
            break;
        }
        line.extend(byte);
        ensure!(line.len() <= LONGEST, "git answers nonsense");
    }
    let line = String::from_utf8_lossy(&line);
    let mut words = line.split(' ').skip(1);
    match (words.next(), words.next().and_then(|size| size.parse().ok())) {
        (Some("blob"), Some(size)) => Ok(size),
        _ => anyhow::bail!("git does not have the file: {}", printable(&line)),
    }
}
