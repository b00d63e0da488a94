use std::collections::{BTreeSet, HashMap, VecDeque};

use super::client::Client;

/// How many pages of one kind are measured.
const OF_ONE_KIND: usize = 4;

/// The paths of the pages that can be walked to from the first one, so that a new page is measured
/// without anybody listing it.
///
/// # Errors
/// When a link leads nowhere.
pub(super) fn pages(client: &Client) -> anyhow::Result<Vec<String>> {
    let mut ahead = VecDeque::from(["/".to_owned()]);
    let mut seen = BTreeSet::new();
    let mut kinds = HashMap::<String, usize>::new();
    let mut pages = Vec::new();
    while let Some(path) = ahead.pop_front() {
        let of_kind = kinds.entry(kind(&path)).or_default();
        if *of_kind == OF_ONE_KIND || !seen.insert(path.clone()) {
            continue;
        }
        let Some(page) = client.page(&path)? else { continue };
        *of_kind += 1;
        ahead.extend(links(&page));
        pages.push(path);
    }
    Ok(pages)
}

/// Where the links of a page lead on this site, without the part after `#`.
fn links(page: &str) -> Vec<String> {
    let values = page.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let paths = values.filter(|path| path.starts_with('/') && !path.starts_with("//"));
    let plain = paths.map(|path| path.replace("&#38;", "&").replace("&amp;", "&"));
    plain.filter_map(|path| path.split('#').next().map(str::to_owned)).collect()
}

/// Pages are of one kind when they differ in what is asked about alone: in what follows the first
/// part of the path, and in the values of the query.
fn kind(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parts = path.split('/').skip(1);
    let first = parts.next().unwrap_or_default();
    let names: Vec<_> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    format!("{first}/{}?{}", parts.count(), names.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_this_site_are_found_as_browsers_read_them() {
        let page = "<a href=\"/drift?team=a&#38;sort=name#rows\">x</a><a href=\"//h.example/\">y</a>\
                    <a class=\"b\" href=\"/\">z</a><a href=\"https://h.example/\">w</a>";
        assert_eq!(links(page), ["/drift?team=a&sort=name", "/"]);
    }

    #[test]
    fn what_is_asked_about_makes_no_other_kind() {
        assert_eq!(kind("/crate/a?sort=x"), kind("/crate/b?sort=y"));
        for other in ["/crate/a", "/crate/a/1.0.0?sort=x", "/team/a?sort=x", "/crate/a?team=x"] {
            assert_ne!(kind("/crate/a?sort=x"), kind(other));
        }
    }
}
