use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use depaudit_model::Checksum;
use depaudit_model::cargo::CrateName;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use url::Url;

use super::Answer;
use crate::IndexLine;

/// With which headers an index answers "has it changed?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validators {
    /// `ETag` and `Last-Modified`.
    #[default]
    Both,
    /// `ETag` alone.
    Etag,
    /// `Last-Modified` alone.
    LastModified,
    /// Neither: every answer is whole.
    None,
}

/// All that is published, and how it is served.
#[derive(Debug)]
pub(super) struct Shelf {
    address: SocketAddr,
    /// By path below `/index/`.
    entries: BTreeMap<String, Entry>,
    /// By name and version.
    pub(super) archives: BTreeMap<(String, String), Bytes>,
    /// By whole path; they go before everything else.
    pub(super) pages: BTreeMap<String, Answer>,
    /// The template of `config.json`.
    pub(super) downloads: String,
    pub(super) compresses: bool,
    pub(super) takes_posts: bool,
    pub(super) validators: Validators,
    pub(super) required_header: Option<(header::HeaderName, HeaderValue)>,
    /// Counts changes: each gets a `Last-Modified` of its own.
    changes: u64,
}

#[derive(Debug, Default)]
struct Entry {
    lines: Vec<Line>,
    changed: u64,
}

#[derive(Debug)]
pub(super) enum Line {
    Version(Box<IndexLine>),
    Raw(Bytes),
}

/// The origin. Only ever joined with fixed or percent-encoded paths.
pub(super) fn base_url(address: SocketAddr) -> Url {
    let mut url = Url::parse("http://127.0.0.1/").expect("a fixed address");
    url.set_port(Some(address.port())).expect("an http address has a port");
    url
}

/// Where a crate's index entry stands below `/index/`.
pub(super) fn entry_path(name: &str) -> String {
    let name: CrateName = name
        .parse()
        .unwrap_or_else(|error| panic!("`{name}`: {error}; odd paths are for `serve_at`"));
    name.index_path()
}

impl Shelf {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            entries: BTreeMap::new(),
            archives: BTreeMap::new(),
            pages: BTreeMap::new(),
            downloads: base_url(address).join("dl").expect("a fixed relative path").into(),
            compresses: false,
            takes_posts: false,
            validators: Validators::default(),
            required_header: None,
            changes: 0,
        }
    }

    /// Changes a crate's lines; an entry without lines is not there.
    pub(super) fn change_lines(&mut self, name: &str, change: impl FnOnce(&mut Vec<Line>)) {
        self.changes += 1;
        let path = entry_path(name);
        let entry = self.entries.entry(path.clone()).or_default();
        change(&mut entry.lines);
        entry.changed = self.changes;
        if entry.lines.is_empty() {
            self.entries.remove(&path);
        }
    }

    /// The entry's text.
    pub(super) fn entry_body(&self, name: &str) -> Option<Vec<u8>> {
        self.entries.get(&entry_path(name)).map(Entry::body)
    }

    /// What an honest registry answers; without `conditional`, as if the client knew nothing.
    pub(super) fn answer(&self, path: &str, headers: &HeaderMap, conditional: bool) -> Answer {
        if let Some(page) = self.pages.get(path) {
            return page.clone();
        }
        if let Some(path) = path.strip_prefix("/index/") {
            if path == "config.json" {
                let config = serde_json::json!({ "dl": self.downloads });
                return Answer::new(200).body(config.to_string());
            }
            if let Some(entry) = self.entries.get(path) {
                return self.entry_answer(entry, headers, conditional);
            }
        } else if let Some(bytes) = self.archive_at(path) {
            return Answer::new(200).header("content-type", "application/gzip").body(bytes);
        }
        Answer::new(404).body("nothing here\n")
    }

    fn entry_answer(&self, entry: &Entry, headers: &HeaderMap, conditional: bool) -> Answer {
        let body = entry.body();
        let etag = format!("\"{:.32}\"", Checksum::of(&body));
        // A second for each change since a fixed day: HTTP's dates know no smaller step.
        let first = Duration::from_secs(1_767_225_600);
        let modified = SystemTime::UNIX_EPOCH + first + Duration::from_secs(entry.changed);
        let modified = httpdate::fmt_http_date(modified);
        let (has_etag, has_date) = match self.validators {
            Validators::Both => (true, true),
            Validators::Etag => (true, false),
            Validators::LastModified => (false, true),
            Validators::None => (false, false),
        };
        let mut answer = Answer::new(200).header("content-type", "text/plain");
        if has_etag {
            answer = answer.header("etag", &etag);
        }
        if has_date {
            answer = answer.header("last-modified", &modified);
        }
        let known =
            match (headers.get(header::IF_NONE_MATCH), headers.get(header::IF_MODIFIED_SINCE)) {
                // A client that sends both is asked by the first (RFC 9110, section 13.1.3).
                (Some(theirs), _) => has_etag && theirs.as_bytes() == etag.as_bytes(),
                (None, Some(theirs)) => has_date && theirs.as_bytes() == modified.as_bytes(),
                (None, None) => false,
            };
        if conditional && known {
            answer.status = StatusCode::NOT_MODIFIED;
            return answer;
        }
        let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
        if self.compresses && accepts.is_some_and(|encodings| encodings.contains("gzip")) {
            return answer.header("content-encoding", "gzip").body(gzip(&body));
        }
        answer.body(body)
    }

    fn archive_at(&self, path: &str) -> Option<Bytes> {
        let found = self.archives.iter().find(|((name, version), bytes)| {
            self.download_url(name, version, bytes)
                .is_some_and(|url| url.path() == path && url.port() == Some(self.address.port()))
                || default_download_path(name, version) == path
        });
        found.map(|(_, bytes)| bytes.clone())
    }

    /// Where cargo would ask, by `config.json`; `None` when that gives no address.
    fn download_url(&self, name: &str, version: &str, bytes: &[u8]) -> Option<Url> {
        let template = &self.downloads;
        if !template.contains('{') {
            return Url::parse(&format!("{template}/{name}/{version}/download")).ok();
        }
        let entry = name.parse::<CrateName>().ok()?.index_path();
        let prefix = entry.rsplit_once('/')?.0;
        let filled = template
            .replace("{crate}", name)
            .replace("{version}", version)
            .replace("{prefix}", prefix)
            .replace("{lowerprefix}", &prefix.to_ascii_lowercase())
            .replace("{sha256-checksum}", &Checksum::of(bytes).to_string());
        Url::parse(&filled).ok()
    }
}

/// Where downloads stand unless `config.json` says otherwise.
pub(super) fn default_download_path(name: &str, version: &str) -> String {
    format!("/dl/{name}/{version}/download")
}

impl Entry {
    fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for line in &self.lines {
            match line {
                Line::Version(line) => body.extend_from_slice(line.to_string().as_bytes()),
                Line::Raw(bytes) => body.extend_from_slice(bytes),
            }
            body.push(b'\n');
        }
        body
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).expect("writing to memory does not fail");
    gzip.finish().expect("writing to memory does not fail")
}
