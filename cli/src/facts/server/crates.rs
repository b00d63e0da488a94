use depaudit_model::Checksum;
use depaudit_model::cargo::Release;
use depaudit_proxy::upstream::DocumentKind;
use url::Url;

use super::{Answer, Server};
use crate::crates::CrateFile;
use crate::facts::line;

impl Server {
    /// A crate through the server's own door, compared with the checksum in the index that the same
    /// door shows. `None` when the server does not have it, or does not give it;
    /// [`Self::why_not`] may say why.
    pub fn crate_file(&self, release: &Release) -> Option<CrateFile> {
        self.runtime.block_on(self.fetch_crate(release))
    }

    async fn fetch_crate(&self, release: &Release) -> Option<CrateFile> {
        let expected = self.checksum(release).await?;
        let version = release.version.to_string();
        let url = self.beside_index(&["crates", release.name.as_str(), &version, "download"])?;
        let Answer::Body(bytes) = self.get_document(url, DocumentKind::Crate).await? else {
            return None;
        };
        match CrateFile::proven(bytes, &expected, format!("the server {}", self.server)) {
            Ok(found) => Some(found),
            Err(error) => {
                self.explain(error.to_string());
                None
            }
        }
    }

    async fn checksum(&self, release: &Release) -> Option<Checksum> {
        if !*self.serves.get_or_init(|| self.ask_for_index()).await {
            return None;
        }
        let Answer::Body(body) = self.get(&release.name.index_path()).await? else { return None };
        let mut lines = body.split(|byte| *byte == b'\n');
        lines.find_map(|bytes| line::checksum(release, bytes))
    }

    /// Beside the index, whatever its configuration says: the token is for this server alone.
    pub(super) fn beside_index(&self, below: &[&str]) -> Option<Url> {
        let mut url = self.index.clone();
        url.path_segments_mut().ok()?.pop_if_empty().pop().extend(below);
        Some(url)
    }
}
