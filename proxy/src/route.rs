//! The proxy's paths, parsed once into what they mean.
//!
//! `/t/{team}/{registry}/index/...`, `/t/{team}/{registry}/crates/{crate}/{version}/download`, and
//! `/t/{team}/{registry}/why/{crate}[/{version}]`.
//! A path has exactly one spelling: whatever is percent-encoded, empty, doubled, upper-case where the
//! index is lower-case, or trailing, names nothing here.

use depaudit_model::cargo::{CrateName, Release, parse_version};
use depaudit_model::{RegistryName, TeamId};
use semver::Version;

/// What a path asks for, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The team whose prefix it is.
    pub team: TeamId,
    /// The registry behind it.
    pub registry: RegistryName,
    /// The document.
    pub document: Document,
}

/// A document of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// `index/config.json`.
    Config,
    /// The index entry of the crate of this name, which is lowercase here.
    IndexEntry(CrateName),
    /// A crate file.
    Crate(Release),
    /// How what locks hold stands against the record; asked with POST.
    Received,
    /// Why a crate, or one version of it, passes or not.
    Why(CrateName, Option<Version>),
}

/// Why a path names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// It holds what no path of this service holds: an escape, a NUL, `.` or `..`, a version that is
    /// none.
    #[error("this path is malformed")]
    Malformed,
    /// It is well formed, and there is nothing of that name.
    #[error("there is nothing at this path")]
    Nothing,
}

impl Route {
    /// Reads the path of a request, as it was sent.
    ///
    /// # Errors
    /// [`RouteError::Malformed`] (400) or [`RouteError::Nothing`] (404).
    pub fn parse(path: &str) -> Result<Self, RouteError> {
        // Nothing that is served has an escape in its name, so none is ever decoded: what is not
        // decoded cannot be decoded twice.
        if path.bytes().any(|byte| !byte.is_ascii_graphic() || matches!(byte, b'%' | b'\\')) {
            return Err(RouteError::Malformed);
        }
        let mut parts = path.split('/');
        if parts.next() != Some("") {
            return Err(RouteError::Malformed);
        }
        if path.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(RouteError::Malformed);
        }
        if parts.next() != Some("t") {
            return Err(RouteError::Nothing);
        }
        let team = parse_word(parts.next())?;
        // The short form of a question about crates.io; so no registry can be called `why`.
        let second = parts.next();
        let (registry, asked) = match second {
            Some("why") => (RegistryName::crates_io(), second),
            second => (parse_word(second)?, None),
        };
        let rest: [&str; 5] = {
            let mut rest = [""; 5];
            for (place, part) in asked.into_iter().chain(parts).enumerate() {
                *rest.get_mut(place).ok_or(RouteError::Nothing)? = match part {
                    "" => return Err(RouteError::Nothing),
                    part => part,
                };
            }
            rest
        };
        let document = match rest {
            ["index", "config.json", "", ..] => Document::Config,
            ["received", "", ..] => Document::Received,
            ["index", first, second, third, ""] => index_entry(&[first, second, third])?,
            ["why", name, "", ..] => {
                Document::Why(name.parse().map_err(|_| RouteError::Nothing)?, None)
            }
            ["why", name, version, "", ""] => {
                let name = name.parse().map_err(|_| RouteError::Nothing)?;
                let version = parse_version(version).map_err(|_| RouteError::Malformed)?;
                Document::Why(name, Some(version))
            }
            ["crates", name, version, "download", ""] => {
                let name = name.parse().map_err(|_| RouteError::Nothing)?;
                let version = parse_version(version).map_err(|_| RouteError::Malformed)?;
                Document::Crate(Release { name, version })
            }
            _ => return Err(RouteError::Nothing),
        };
        Ok(Self { team, registry, document })
    }
}

fn parse_word<T: std::str::FromStr>(part: Option<&str>) -> Result<T, RouteError> {
    part.ok_or(RouteError::Nothing)?.parse().map_err(|_| RouteError::Nothing)
}

/// `1/a`, `2/ab`, `3/a/abc`, `ab/cd/abcd`: the last part is the name, and the parts before it have to
/// be the ones that follow from the name.
fn index_entry(parts: &[&str; 3]) -> Result<Document, RouteError> {
    let (name, given): (&str, String) = match parts {
        [_, _, ""] => (parts[1], parts[..2].join("/")),
        [_, _, name] => (name, parts.join("/")),
    };
    let name: CrateName = name.parse().map_err(|_| RouteError::Nothing)?;
    if name.is_lowercase() && name.index_path() == given {
        Ok(Document::IndexEntry(name))
    } else {
        Err(RouteError::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(path: &str) -> Result<Document, RouteError> {
        Route::parse(&format!("/t/payments/crates-io/{path}")).map(|route| route.document)
    }

    #[test]
    fn a_question_about_crates_io_has_a_short_form() {
        for path in ["why/serde/1.0.7", "crates-io/why/serde/1.0.7"] {
            let route = Route::parse(&format!("/t/payments/{path}")).unwrap();
            let (name, version) = ("serde".parse().unwrap(), "1.0.7".parse().unwrap());
            assert_eq!(route.registry, RegistryName::crates_io());
            assert_eq!(route.document, Document::Why(name, Some(version)));
        }
        for nothing in ["why", "why/", "why/serde/1.0.7/x", "why/serde/"] {
            let path = format!("/t/payments/{nothing}");
            assert_eq!(Route::parse(&path), Err(RouteError::Nothing), "{nothing}");
        }
    }

    #[test]
    fn cargos_paths_are_understood() {
        assert_eq!(document("index/config.json"), Ok(Document::Config));
        for path in ["1/a", "2/cc", "3/s/syn", "se/rd/serde", "se/rd/serde_json", "a-/b_/a-b_c"] {
            let name = path.rsplit('/').next().unwrap();
            let expected = Ok(Document::IndexEntry(name.parse().unwrap()));
            assert_eq!(document(&format!("index/{path}")), expected);
        }
        let release =
            Release { name: "Inflector".parse().unwrap(), version: "0.1.0+x".parse().unwrap() };
        assert_eq!(document("crates/Inflector/0.1.0+x/download"), Ok(Document::Crate(release)));
    }

    #[test]
    fn bad_input_1_nothing_climbs_out() {
        for path in [
            "index/../../etc/passwd",
            "index/%2e%2e%2f%2e%2e%2fetc/passwd",
            "index/%2F%2F..%2F",
            "crates/serde/1.0.0/../2",
            "crates/..\\..\\x/1.0.0/download",
            "index/se/rd/serde\0",
        ] {
            assert_eq!(document(path), Err(RouteError::Malformed), "{path}");
        }
    }

    #[test]
    fn bad_input_2_3_4_names_and_versions_that_are_none() {
        for path in [
            "index/3/n/nul",
            "index/1s/t_/1st_crate",
            "index/Se/rd/Serde",
            "index/se/rd/tokio",
            "crates/nul/1.0.0/download",
            "crates/1st/1.0.0/download",
        ] {
            assert_eq!(document(path), Err(RouteError::Nothing), "{path}");
        }
        assert_eq!(
            document(&format!("crates/{}/1.0.0/download", "a".repeat(65))),
            Err(RouteError::Nothing)
        );
        assert_eq!(document("crates/сerde/1.0.0/download"), Err(RouteError::Malformed));
        for version in ["1.0.0%00", "1.0", "01.0.0"] {
            let path = format!("crates/serde/{version}/download");
            assert_eq!(document(&path), Err(RouteError::Malformed), "{version}");
        }
    }

    #[test]
    fn bad_input_24_aliases_are_nothing() {
        for path in [
            "/t/payments/crates-io/index.git/",
            "/t/payments/crates-io//index/se/rd/serde",
            "//t/payments/crates-io/index/se/rd/serde",
            "/t/payments/crates-io/index/se/rd/serde/",
            "/t/payments/crates-io/index/config.json/",
            "/t/payments/crates-io/crates/serde/1.0.0/download/",
            "/t/payments/crates-io/crates/serde/1.0.0/download/x/y",
            "/t/payments/crates-io/index/",
            "/t/Payments/crates-io/index/config.json",
            "/t/payments",
            "/",
        ] {
            assert_eq!(Route::parse(path), Err(RouteError::Nothing), "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_path_panics(path in "\\PC*") {
            let _ = Route::parse(&path);
        }

        #[test]
        fn what_is_accepted_has_one_spelling(path in "/t/[a-c]{1,2}/[a-c]{1,2}/index/([123]/)?[a-c]{1,2}/([a-c]{1,2}/)?[a-c]{1,5}/?") {
            if let Ok(route) = Route::parse(&path) {
                let Document::IndexEntry(name) = &route.document else { panic!("{route:?}") };
                let again = format!("/t/{}/{}/index/{}", route.team, route.registry, name.index_path());
                proptest::prop_assert_eq!(again, path);
            }
        }
    }
}
