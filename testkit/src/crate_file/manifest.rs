use toml_edit::{Array, DocumentMut, Item, Table, Value, value};

use super::CrateFile;

/// The manifest's text.
pub(super) fn manifest(plan: &CrateFile) -> String {
    let mut manifest = DocumentMut::new();
    let package = table_at(&mut manifest, &["package"]);
    package.insert("name", value(&plan.name));
    package.insert("version", value(&plan.version));
    package.insert("edition", value("2021"));
    package.insert("description", value("Packed for a test"));
    package.insert("license", value("MIT"));
    if let Some(rust) = &plan.rust_version {
        package.insert("rust-version", value(rust));
    }
    for dependency in &plan.dependencies {
        dependency.write_to(&mut manifest);
    }
    if !plan.features.is_empty() {
        let features = table_at(&mut manifest, &["features"]);
        for (name, enables) in &plan.features {
            features.insert(name, value(Value::Array(Array::from_iter(enables))));
        }
    }
    manifest.to_string()
}

/// The table at `path`, made where it is absent.
///
/// # Panics
/// When something else than a table stands there.
pub(crate) fn table_at<'t>(root: &'t mut Table, path: &[&str]) -> &'t mut Table {
    path.iter().fold(root, |table, key| {
        table
            .entry(key)
            .or_insert_with(|| {
                let mut table = Table::new();
                // A table that only holds others needs no heading of its own.
                table.set_implicit(true);
                Item::Table(table)
            })
            .as_table_mut()
            .unwrap_or_else(|| panic!("`{key}` is no table"))
    })
}
