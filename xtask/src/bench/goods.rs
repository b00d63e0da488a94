use anyhow::Context as _;
use depaudit_model::cargo::CrateName;
use depaudit_testkit::{CrateFile, FakeUpstream};

const SMALL_ENTRY_BYTES: usize = 10_000;
const LARGE_ENTRY_BYTES: usize = 180_000;
/// Its manifest and its source add a little, so that the archive has about 84 KB.
const CRATE_PADDING_BYTES: usize = 83_500;

/// The upstream that both caches stand before, and what it publishes.
pub(crate) struct Goods {
    upstream: FakeUpstream,
    pub(crate) small: CrateName,
    pub(crate) large: CrateName,
    pub(crate) archive: CrateName,
}

/// The version of [`Goods::archive`].
pub(crate) const VERSION: &str = "1.0.0";

impl Goods {
    /// Starts the upstream and fills it.
    ///
    /// # Errors
    /// When what it holds does not have the sizes that the table promises.
    pub(crate) fn publish() -> anyhow::Result<Self> {
        let upstream = FakeUpstream::start();
        upstream.compress_index(true);
        let goods = Self {
            small: "bench-small".parse()?,
            large: "bench-large".parse()?,
            archive: "bench-archive".parse()?,
            upstream,
        };
        for (name, bytes) in [(&goods.small, SMALL_ENTRY_BYTES), (&goods.large, LARGE_ENTRY_BYTES)]
        {
            goods.upstream.publish_index_of_size(name.as_str(), bytes);
            let entry = goods.upstream.index_entry(name.as_str()).len();
            anyhow::ensure!(entry < bytes + bytes / 10, "the entry of {name} has {entry} bytes");
        }
        let plan = CrateFile::new(goods.archive.as_str(), VERSION).padding(CRATE_PADDING_BYTES);
        let bytes = goods.upstream.publish(plan).bytes.len();
        anyhow::ensure!((83_000..=86_000).contains(&bytes), "the crate has {bytes} bytes");
        Ok(goods)
    }

    /// Where the upstream listens.
    pub(crate) fn port(&self) -> u16 {
        self.upstream.address().port()
    }

    /// The index, as depaudit is told of it.
    pub(crate) fn sparse_index(&self) -> String {
        self.upstream.sparse_index()
    }

    /// The path of the archive.
    pub(crate) fn archive_path(&self) -> String {
        self.upstream.download_path(self.archive.as_str(), VERSION)
    }

    /// The path of an index entry.
    pub(crate) fn entry_path(&self, name: &CrateName) -> String {
        self.upstream.index_path(name.as_str())
    }

    /// What the upstream itself holds for a path of this upstream.
    ///
    /// # Errors
    /// When it does not answer.
    pub(crate) fn url(&self, path: &str) -> anyhow::Result<url::Url> {
        self.upstream.index_url().join(path).context("a path of the upstream makes no URL")
    }
}
