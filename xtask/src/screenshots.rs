//! `cargo xtask screenshots`: the pictures of the README, taken of the demo as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use depaudit_testkit::{Browser, Theme, View};

use crate::bench::process::{Server, free_address};
use crate::bench::product;
use crate::{say, tools};

/// The most that a picture may have, in bytes: each stays in the history for ever.
const MOST_BYTES: usize = 150_000;

/// A picture and what it shows.
struct Picture {
    file: &'static str,
    page: &'static str,
    view: View,
}

const PICTURES: [Picture; 3] = [
    Picture {
        file: "overview.png",
        page: "/",
        view: View { height: 650, ..View::new(1_300, Theme::Light) },
    },
    Picture {
        file: "crate.png",
        page: "/crate/ledgerline",
        view: View { height: 945, ..View::new(1_300, Theme::Light) },
    },
    Picture {
        file: "drift.png",
        page: "/drift",
        view: View { height: 770, ..View::new(1_300, Theme::Dark) },
    },
];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write them into this folder
    #[arg(long, value_name = "FOLDER", default_value = "docs/pictures")]
    output: PathBuf,
    /// Show this binary, instead of building one
    #[arg(long, value_name = "FILE")]
    depaudit: Option<PathBuf>,
}

/// Takes all pictures in the tree at `root`.
///
/// # Errors
/// When the product does not start, or a picture is larger than the history should keep.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    tools::ensure(&[tools::CHROMIUM, tools::CHROMEDRIVER])?;
    let program = match &arguments.depaudit {
        Some(program) => std::path::absolute(program)?,
        None => product::build(root)?,
    };
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let listen = free_address()?;
    let mut demo = Command::new(&program);
    demo.args(["demo", "--listen", &listen.to_string(), "--keep"]).arg(folder.path().join("demo"));
    let server = Server::start("depaudit demo", &mut demo, listen, folder.path())?;
    let output = root.join(&arguments.output);
    fs::create_dir_all(&output).with_context(|| format!("cannot make {}", output.display()))?;
    let address = format!("http://{}", server.address());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(take(&address, &output))
}

async fn take(address: &str, folder: &Path) -> anyhow::Result<()> {
    let browser = Browser::start().await;
    for Picture { file, page, view } in PICTURES {
        browser.look(view).await;
        browser.open(&format!("{address}{page}")).await;
        let picture = browser.picture().await;
        let path = folder.join(file);
        anyhow::ensure!(
            picture.len() <= MOST_BYTES,
            "{} has {} bytes, more than {MOST_BYTES}: show less of {page}",
            path.display(),
            picture.len()
        );
        fs::write(&path, &picture).with_context(|| format!("cannot write {}", path.display()))?;
        say::result(format_args!("{} ({} bytes)", path.display(), picture.len()));
    }
    Ok(())
}
