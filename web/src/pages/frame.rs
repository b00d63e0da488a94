use std::path::Path;

use depaudit_model::TeamId;
use depaudit_model::terminal::printable;
use url::Url;

use super::next::Next;
use super::stylesheet;
use super::visitor::Visitor;

/// Where the server is for those who visit it: every link begins there.
#[derive(Debug, Clone)]
pub struct Site {
    address: Url,
    data: Option<String>,
}

impl Site {
    /// The site at the server's public address, which may be below a path.
    #[must_use]
    pub const fn at(public_url: Url) -> Self {
        Self { address: public_url, data: None }
    }

    /// The same, for those who are on the server's own machine alone: commands for them may name its data
    /// folder.
    #[must_use]
    pub fn beside(self, data: &Path) -> Self {
        Self { data: data.to_str().map(str::to_owned), ..self }
    }

    /// The data folder, for commands.
    pub(super) fn data(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// Its origin, as browsers name it.
    pub(super) fn origin(&self) -> String {
        self.address.origin().ascii_serialization()
    }

    /// The path of something on this site.
    pub(super) fn path<'s>(&self, segments: impl IntoIterator<Item = &'s str>) -> String {
        let mut url = self.address.clone();
        // An http or https address always has a path.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url.path().to_owned()
    }

    /// The address of the whole site, as a command takes it.
    pub(super) fn address(&self) -> &str {
        self.address.as_str().trim_end_matches('/')
    }

    /// The path of a team's page.
    pub(super) fn team(&self, team: &TeamId) -> String {
        self.path(["team", team.as_str()])
    }

    /// Where a page is that a visitor wanted.
    pub(super) fn place_of(&self, next: &Next) -> Option<String> {
        next.at(&self.address)
    }

    /// The same, with a query.
    pub(super) fn query(&self, segments: &[&str], pairs: &[(&'static str, String)]) -> String {
        let path = self.path(segments.iter().copied());
        if pairs.is_empty() {
            return path;
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs);
        format!("{path}?{}", query.finish())
    }
}

/// What the layout needs of every page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) site: &'a Site,
    /// The page of the navigation that this is.
    pub(super) current: Option<Entry>,
    /// Who looks at it; absent on pages that everybody may see.
    pub(super) visitor: Option<&'a Visitor>,
}

/// The pages that the navigation lists: those that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Overview,
    Overrides,
    Drift,
    Teams,
    Policy,
    Audit,
    Incident,
    Connect,
}

/// An entry of the navigation, as it is shown.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) label: &'static str,
    pub(super) path: String,
    pub(super) is_current: bool,
}

impl Entry {
    const ALL: &[Self] = &[
        Self::Overview,
        Self::Overrides,
        Self::Drift,
        Self::Teams,
        Self::Policy,
        Self::Audit,
        Self::Incident,
        Self::Connect,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Overrides => "Overrides",
            Self::Drift => "Drift",
            Self::Teams => "Teams",
            Self::Policy => "Policy",
            Self::Audit => "Audit",
            Self::Incident => "Incident",
            Self::Connect => "Connect",
        }
    }

    pub(super) const fn segments(self) -> &'static [&'static str] {
        match self {
            Self::Overview => &[""],
            Self::Overrides => &["overrides"],
            Self::Drift => &["drift"],
            Self::Teams => &["teams"],
            Self::Policy => &["policy"],
            Self::Audit => &["audit"],
            Self::Incident => &["incident"],
            Self::Connect => &["connect"],
        }
    }
}

impl Frame<'_> {
    /// The path of the first page.
    pub(super) fn start(&self) -> String {
        self.of(Entry::Overview)
    }

    /// The path of a page of the navigation.
    pub(super) fn of(&self, entry: Entry) -> String {
        self.site.path(entry.segments().iter().copied())
    }

    /// The path of something on this site.
    pub(super) fn path<const N: usize>(&self, segments: &[&str; N]) -> String {
        self.site.path(segments.iter().copied())
    }

    /// The same, with a query.
    pub(super) fn query<const N: usize>(
        &self,
        segments: &[&str; N],
        pairs: &[(&'static str, String)],
    ) -> String {
        self.site.query(segments, pairs)
    }

    /// The address of the whole site, as a command takes it.
    pub(super) fn address(&self) -> &str {
        self.site.address()
    }

    /// The path of one of the operators' endpoints, which stand beside the pages.
    pub(super) fn operations(&self, endpoint: &str) -> String {
        self.site.path([endpoint])
    }

    /// The path of the stylesheet.
    pub(super) fn stylesheet(&self) -> String {
        self.site.path(stylesheet::segments())
    }

    /// What the visitor may see, where that is to be told.
    pub(super) fn seen_as(&self) -> Option<String> {
        self.visitor.map(|visitor| visitor.role().to_string())
    }

    /// Whoever can log out, by name.
    pub(super) fn logged_in(&self) -> Option<String> {
        let name = self.visitor.filter(|visitor| visitor.has_session())?.name()?;
        Some(printable(name).to_string())
    }

    /// What a form that changes something holds; see `form_secret.html`.
    pub(super) fn form_secret(&self) -> &str {
        self.visitor.map_or("", |visitor| visitor.form_secret().reveal())
    }

    /// The navigation.
    pub(super) fn pages(&self) -> Vec<Link> {
        let link = |&entry: &Entry| Link {
            label: entry.label(),
            path: self.of(entry),
            is_current: self.current == Some(entry),
        };
        Entry::ALL.iter().map(link).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_begin_where_visitors_see_the_server() {
        for (public, start, page) in [
            ("http://127.0.0.1:8417", "/", "/t/a/why/x%2F..%22"),
            ("https://tools.example/deps", "/deps/", "/deps/t/a/why/x%2F..%22"),
            ("https://tools.example/deps/", "/deps/", "/deps/t/a/why/x%2F..%22"),
        ] {
            let site = Site::at(public.parse().unwrap());
            assert_eq!(Frame { site: &site, current: None, visitor: None }.start(), start);
            assert_eq!(site.path(["t", "a", "why", "x/..\""]), page);
        }
    }
}
