//! What Cargo has to be told so that it asks depaudit.

use depaudit_model::{RegistryName, TeamId};
use toml_edit::{DocumentMut, InlineTable, Item, Table, Value};
use url::Url;

/// What depaudit is called in a Cargo configuration.
pub const OUR_NAME: &str = "depaudit";

/// One value of a Cargo configuration: `[source.crates-io] replace-with = "depaudit"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The two parts of the table's name.
    pub table: [String; 2],
    /// The key in it.
    pub key: &'static str,
    /// Its value.
    pub value: String,
}

/// Something that should be a table is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no table")]
pub struct NoTable(String);

/// The settings that lead Cargo to crates.io behind the server at `server`.
///
/// The source is replaced, which leaves every manifest and lock as it is.
#[must_use]
pub fn settings(server: &Url, team: &TeamId) -> Vec<Setting> {
    let crates_io = RegistryName::crates_io();
    vec![
        setting("source", crates_io.as_str(), "replace-with", OUR_NAME.to_owned()),
        setting("registries", OUR_NAME, "index", index(server, team, &crates_io)),
    ]
}

/// The settings that lead Cargo to another registry behind the server.
///
/// `upstream` is its own address, as manifests and locks know it. They go on naming it: giving
/// `[registries.NAME]` depaudit's address instead would write the team's address into every lock.
#[must_use]
pub fn settings_of_registry(
    server: &Url,
    team: &TeamId,
    registry: &RegistryName,
    upstream: &Url,
) -> Vec<Setting> {
    let (name, ours) = (registry.as_str(), format!("{OUR_NAME}-{registry}"));
    let upstream = format!("sparse+{upstream}");
    vec![
        setting("registries", name, "index", upstream.clone()),
        setting("source", name, "registry", upstream),
        setting("source", name, "replace-with", ours.clone()),
        setting("registries", &ours, "index", index(server, team, registry)),
    ]
}

fn setting(outer: &str, inner: &str, key: &'static str, value: String) -> Setting {
    Setting { table: [outer.to_owned(), inner.to_owned()], key, value }
}

/// The settings for crates.io as a text to paste into a Cargo configuration.
#[must_use]
pub fn snippet(server: &Url, team: &TeamId) -> String {
    let mut document = DocumentMut::new();
    for setting in settings(server, team) {
        // Nothing in an empty document can be in the way.
        let _ = setting.write_into(&mut document);
    }
    document.to_string()
}

impl Setting {
    /// The name in full: `source.crates-io.replace-with`.
    #[must_use]
    pub fn name(&self) -> String {
        let [outer, inner] = &self.table;
        format!("{outer}.{inner}.{}", self.key)
    }

    /// Whether this is the value of `key` in `table`.
    #[must_use]
    pub fn is(&self, table: &[String; 2], key: &str) -> bool {
        self.table == *table && self.key == key
    }

    /// Writes the setting, into the tables that are there or into new ones at the end. A value that
    /// it replaces leaves its comments behind.
    ///
    /// # Errors
    /// When one of the tables is something else.
    pub fn write_into(&self, document: &mut DocumentMut) -> Result<(), NoTable> {
        let [outer, inner] = &self.table;
        let outer_item = document.entry(outer).or_insert_with(|| {
            let mut table = Table::new();
            // `[source]` needs no header of its own.
            table.set_implicit(true);
            Item::Table(table)
        });
        let inline = outer_item.is_inline_table();
        let outer_table = outer_item.as_table_like_mut().ok_or_else(|| NoTable(outer.clone()))?;
        let inner_item = outer_table.entry(inner).or_insert_with(|| {
            if inline { InlineTable::new().into() } else { Item::Table(Table::new()) }
        });
        let no_table = || NoTable(format!("{outer}.{inner}"));
        let inner_table = inner_item.as_table_like_mut().ok_or_else(no_table)?;
        let mut value = Value::from(self.value.as_str());
        match inner_table.get_mut(self.key).and_then(Item::as_value_mut) {
            Some(old) => {
                *value.decor_mut() = old.decor().clone();
                *old = value;
            }
            None => {
                inner_table.insert(self.key, Item::Value(value));
            }
        }
        Ok(())
    }
}

/// `sparse+http://127.0.0.1:8417/t/payments/crates-io/index/`
fn index(server: &Url, team: &TeamId, registry: &RegistryName) -> String {
    format!("sparse+{}", index_url(server, team, registry))
}

/// What Cargo needs besides, where a server asks for a token: the token is a person's or a machine's, and
/// never in the repository.
#[must_use]
pub fn by_token(team: &TeamId, registry: &RegistryName) -> String {
    let name = if *registry == RegistryName::crates_io() {
        OUR_NAME.to_owned()
    } else {
        format!("{OUR_NAME}-{registry}")
    };
    let variable = name.to_ascii_uppercase().replace('-', "_");
    format!(
        "The server asks for a token. Cargo sends one when $CARGO_HOME/config.toml says:\n  \
         [registry]\n  global-credential-providers = [\"cargo:token\"]\n\
         and the token is in CARGO_REGISTRIES_{variable}_TOKEN, or in $CARGO_HOME/credentials.toml:\n  \
         [registries.{name}]\n  token = \"depaudit_...\"\n\
         On the server, `depaudit token create --team {team} --scope read` makes one and shows it once."
    )
}

/// The base of the index that a team asks: `http://127.0.0.1:8417/t/payments/crates-io/index/`.
#[must_use]
pub fn index_url(server: &Url, team: &TeamId, registry: &RegistryName) -> Url {
    let mut url = server.clone();
    // The address of a server is an http URL, and those have path segments.
    if let Ok(mut segments) = url.path_segments_mut() {
        let ours = ["t", team.as_str(), registry.as_str(), "index", ""];
        segments.pop_if_empty().extend(ours);
    }
    url
}

/// Whether a URL is what [`index_url`] makes: the index of a depaudit server, as a team asks it.
#[must_use]
pub fn is_team_index(url: &Url) -> bool {
    let segments: Vec<_> = url.path_segments().map_or_else(Vec::new, Iterator::collect);
    let [.., "t", team, registry, "index", ""] = segments.as_slice() else { return false };
    team.parse::<TeamId>().is_ok() && registry.parse::<RegistryName>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_a_depaudit_server_is_recognised() {
        let is = |url: &str| is_team_index(&url.parse().unwrap());
        assert!(is("http://127.0.0.1:8417/t/payments/crates-io/index/"));
        assert!(is("https://tools.example/deps/t/a/internal/index/"));
        for other in
            ["https://r.example/", "https://r.example/t/a/index/", "https://r.example/t/a/b/index"]
        {
            assert!(!is(other), "{other}");
        }
    }

    #[test]
    fn the_default_registry_is_replaced_as_a_source() {
        let server = "http://127.0.0.1:8417".parse().unwrap();
        assert_eq!(
            snippet(&server, &"payments".parse().unwrap()),
            "[source.crates-io]\nreplace-with = \"depaudit\"\n\n\
             [registries.depaudit]\n\
             index = \"sparse+http://127.0.0.1:8417/t/payments/crates-io/index/\"\n"
        );
    }

    #[test]
    fn another_registry_keeps_its_address_in_locks_and_is_replaced_as_a_source() {
        for server in ["https://tools.example/depaudit", "https://tools.example/depaudit/"] {
            let (team, name) = ("payments".parse().unwrap(), "internal".parse().unwrap());
            let upstream = "https://r.example/index/".parse().unwrap();
            let mut document = DocumentMut::new();
            for setting in settings_of_registry(&server.parse().unwrap(), &team, &name, &upstream) {
                setting.write_into(&mut document).unwrap();
            }
            assert_eq!(
                document.to_string(),
                "[registries.internal]\nindex = \"sparse+https://r.example/index/\"\n\n\
                 [registries.depaudit-internal]\n\
                 index = \"sparse+https://tools.example/depaudit/t/payments/internal/index/\"\n\n\
                 [source.internal]\nregistry = \"sparse+https://r.example/index/\"\n\
                 replace-with = \"depaudit-internal\"\n"
            );
        }
    }
}
