use super::config::target_of_chain;
use crate::audit::TeamView;
use crate::cargo::config::{ConfigFile, Stack};
use crate::cargo::source::{CanonicalUrl, SourceKey};
use crate::files::RepoPath;
use crate::limits::LARGEST_FILE;
use crate::report::{Location, SettingValue, Target};

/// Where crates.io's packages come from, when not from crates.io.
#[derive(Debug)]
pub(crate) struct Detour {
    pub(crate) target: Target,
    /// The table that begins it.
    pub(crate) location: Location,
}

/// Where crates.io's packages come from for somebody who runs cargo in `folder`, with `settings`,
/// the strongest first, above what the repository configures; `None` for crates.io itself.
pub(crate) fn detour(
    view: &TeamView<'_>,
    folder: &RepoPath,
    settings: &[&ConfigFile],
) -> Option<Detour> {
    let stack = Stack::of(&view.configs, folder).under(settings);
    let chain = stack.chain("crates-io")?;
    let target = target_of_chain(&chain);
    let location = Location::new(chain.file, chain.span);
    (!is_crates_io(&target)).then_some(Detour { target, location })
}

/// Whether it is crates.io, by its git or by its sparse index.
pub(crate) fn is_crates_io(target: &Target) -> bool {
    let Target::Registry(registry) = target else { return false };
    let sparse = CanonicalUrl::new(tame_index::index::sparse::CRATES_IO_HTTP_INDEX);
    SourceKey::of_url(&registry.name) == SourceKey::CratesIo
        || CanonicalUrl::new(&registry.name) == sparse
}

/// The configuration that a variable or a flag of somebody who runs cargo in `folder` stands for.
/// `None` for one that leaves sources alone, and for one whose value does not stand there.
pub(crate) fn configuration(
    view: &TeamView<'_>,
    folder: &RepoPath,
    setting: &SettingValue,
) -> Option<ConfigFile> {
    let value = setting.value.as_deref().filter(|value| !is_filled_in_later(value))?;
    let root = RepoPath::root();
    let above = root.child(".cargo").child("config.toml");
    if setting.name != "--config" {
        let stack = Stack::of(&view.configs, folder);
        return ConfigFile::of_variable(&above, &stack, &setting.name, value);
    }
    if value.contains('=') {
        return ConfigFile::parse(&above, value).ok();
    }
    // A CI system runs in the repository's root, a script often in its own folder.
    [&root, folder].into_iter().find_map(|from| {
        let path = from.join(value).ok()?;
        let text = view.manifests.tree.read_named(&path, LARGEST_FILE).ok()?;
        ConfigFile::parse(&path, &text).ok()
    })
}

/// Whether a shell, a template or a CI system puts something else in the place of the text.
pub(crate) fn is_filled_in_later(value: &str) -> bool {
    value.contains('$') || value.contains("{{") || value.contains('`')
}
