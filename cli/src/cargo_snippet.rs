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

/// The settings that lead Cargo to a registry behind the server at `server`.
///
/// The default registry is replaced as a source, which leaves every manifest and lock as it is.
/// Another registry keeps the name that manifests call it by, and gets depaudit's address.
#[must_use]
pub fn settings(server: &Url, team: &TeamId, registry: &RegistryName) -> Vec<Setting> {
    let index_of = |name: &str| Setting {
        table: ["registries".to_owned(), name.to_owned()],
        key: "index",
        value: index(server, team, registry),
    };
    if *registry != RegistryName::crates_io() {
        return vec![index_of(registry.as_str())];
    }
    let replacement = Setting {
        table: ["source".to_owned(), registry.to_string()],
        key: "replace-with",
        value: OUR_NAME.to_owned(),
    };
    vec![replacement, index_of(OUR_NAME)]
}

/// The settings as a text to paste into a Cargo configuration.
#[must_use]
pub fn snippet(server: &Url, team: &TeamId, registry: &RegistryName) -> String {
    let mut document = DocumentMut::new();
    for setting in settings(server, team, registry) {
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
    let mut url = server.clone();
    // The address of a server is an http URL, and those have path segments.
    if let Ok(mut segments) = url.path_segments_mut() {
        let ours = ["t", team.as_str(), registry.as_str(), "index", ""];
        segments.pop_if_empty().extend(ours);
    }
    format!("sparse+{url}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(server: &str, registry: &str) -> String {
        let team = "payments".parse().unwrap();
        snippet(&server.parse().unwrap(), &team, &registry.parse().unwrap())
    }

    #[test]
    fn the_default_registry_is_replaced_as_a_source() {
        assert_eq!(
            text("http://127.0.0.1:8417", "crates-io"),
            "[source.crates-io]\nreplace-with = \"depaudit\"\n\n\
             [registries.depaudit]\n\
             index = \"sparse+http://127.0.0.1:8417/t/payments/crates-io/index/\"\n"
        );
    }

    #[test]
    fn another_registry_keeps_its_name_and_a_server_below_a_path_its_path() {
        for server in ["https://tools.example/depaudit", "https://tools.example/depaudit/"] {
            assert_eq!(
                text(server, "internal"),
                "[registries.internal]\n\
                 index = \"sparse+https://tools.example/depaudit/t/payments/internal/index/\"\n"
            );
        }
    }
}
