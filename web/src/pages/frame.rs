use url::Url;

use super::stylesheet;

/// Where the server is for those who visit it: every link begins there.
#[derive(Debug, Clone)]
pub struct Site(Url);

impl Site {
    /// The site at the server's public address, which may be below a path.
    #[must_use]
    pub const fn at(public_url: Url) -> Self {
        Self(public_url)
    }

    /// The path of something on this site.
    pub(super) fn path<'s>(&self, segments: impl IntoIterator<Item = &'s str>) -> String {
        let mut url = self.0.clone();
        // An http or https address always has a path.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url.path().to_owned()
    }
}

/// What the layout needs of every page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) site: &'a Site,
    /// The page of the navigation that this is.
    pub(super) current: Option<Entry>,
}

/// The pages that the navigation lists: those that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Start,
}

/// An entry of the navigation, as it is shown.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) label: &'static str,
    pub(super) path: String,
    pub(super) is_current: bool,
}

impl Entry {
    const ALL: [Self; 1] = [Self::Start];

    const fn label(self) -> &'static str {
        match self {
            Self::Start => "Start",
        }
    }

    const fn segments(self) -> &'static [&'static str] {
        match self {
            Self::Start => &[""],
        }
    }
}

impl Frame<'_> {
    /// The path of the first page.
    pub(super) fn start(&self) -> String {
        self.site.path(Entry::Start.segments().iter().copied())
    }

    /// The path of one of the operators' endpoints, which stand beside the pages.
    pub(super) fn operations(&self, endpoint: &str) -> String {
        self.site.path([endpoint])
    }

    /// The path of the stylesheet.
    pub(super) fn stylesheet(&self) -> String {
        self.site.path(stylesheet::segments())
    }

    /// The navigation.
    pub(super) fn pages(&self) -> Vec<Link> {
        let link = |entry: Entry| Link {
            label: entry.label(),
            path: self.site.path(entry.segments().iter().copied()),
            is_current: self.current == Some(entry),
        };
        Entry::ALL.map(link).into()
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
            assert_eq!(Frame { site: &site, current: None }.start(), start);
            assert_eq!(site.path(["t", "a", "why", "x/..\""]), page);
        }
    }
}
