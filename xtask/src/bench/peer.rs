//! The two servers under load, each asked in its own way for the same things.

use anyhow::Context as _;
use depaudit_model::cargo::CrateName;
use url::Url;

use super::goods::{Goods, VERSION};
use super::load::Load;
use super::process::Server;
use super::request::Request;

/// How a server's paths are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The upstream's own paths.
    Mirror,
    /// A team's prefix before them.
    Team,
}

/// A server under load.
pub(crate) struct Peer {
    pub(crate) server: Server,
    layout: Layout,
}

impl Peer {
    pub(crate) fn new(server: Server, layout: Layout) -> Self {
        Self { server, layout }
    }

    /// The request for `load`, after both it and its answer were seen to be right: the same bytes
    /// as the upstream's, and for [`Load::NotModified`] none. The server's cache is warm then.
    ///
    /// # Errors
    /// When the server answers anything else.
    pub(crate) fn request(&self, goods: &Goods, load: Load) -> anyhow::Result<Request> {
        let expected = load.expected();
        let (mut request, original) = match load {
            Load::SmallEntry | Load::NotModified => self.entry(goods, &goods.small)?,
            Load::LargeEntry | Load::LargeEntryGzip => self.entry(goods, &goods.large)?,
            Load::Crate => (self.archive(goods)?, goods.url(&goods.archive_path())?),
        };
        let plain = Load::SmallEntry.expected();
        let mut right = Request::new(original).send(&plain)?.body;
        match load {
            Load::LargeEntryGzip => request = request.header("accept-encoding", "gzip"),
            Load::NotModified => {
                let known = request.send(&plain)?.etag.context("an index entry has no ETag")?;
                request = request.header("if-none-match", known);
                right.clear();
            }
            Load::SmallEntry | Load::LargeEntry | Load::Crate => {}
        }
        // Twice: from the upstream, and from the cache.
        for _ in 0..2 {
            let body = request.send(&expected)?.body;
            anyhow::ensure!(
                body == right,
                "{} answered {load} with other bytes than the upstream",
                self.server.name()
            );
        }
        Ok(request)
    }

    fn entry(&self, goods: &Goods, name: &CrateName) -> anyhow::Result<(Request, Url)> {
        let original = goods.url(&goods.entry_path(name))?;
        let url = match self.layout {
            Layout::Mirror => self.origin()?.join(original.path())?,
            Layout::Team => {
                self.origin()?.join("t/bench/crates-io/index/")?.join(&name.index_path())?
            }
        };
        Ok((Request::new(url), original))
    }

    fn archive(&self, goods: &Goods) -> anyhow::Result<Request> {
        let mut url = self.origin()?;
        match self.layout {
            Layout::Mirror => url = url.join(&goods.archive_path())?,
            Layout::Team => {
                let team = ["t", "bench", "crates-io", "crates"];
                let release = [goods.archive.as_str(), VERSION, "download"];
                url.path_segments_mut()
                    .map_err(|()| anyhow::anyhow!("{} has no path", self.server.address()))?
                    .pop_if_empty()
                    .extend(team.into_iter().chain(release));
            }
        }
        Ok(Request::new(url))
    }

    fn origin(&self) -> anyhow::Result<Url> {
        let mut origin = Url::parse("http://localhost/")?;
        let address = self.server.address();
        origin.set_ip_host(address.ip()).map_err(|()| anyhow::anyhow!("{address} is no host"))?;
        let port = origin.set_port(Some(address.port()));
        port.map_err(|()| anyhow::anyhow!("{address} has no port"))?;
        Ok(origin)
    }
}
