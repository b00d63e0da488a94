use crate::audit::TeamView;
use crate::cargo::setting::{Effect, config_flags, effect_of};
use crate::report::{Layer, Location, Override};

/// Commands that an alias cannot shadow: Cargo prefers its own.
const OWN_COMMANDS: [&str; 34] = [
    "add",
    "bench",
    "build",
    "check",
    "clean",
    "config",
    "doc",
    "fetch",
    "fix",
    "generate-lockfile",
    "git-checkout",
    "help",
    "info",
    "init",
    "install",
    "locate-project",
    "login",
    "logout",
    "metadata",
    "new",
    "owner",
    "package",
    "pkgid",
    "publish",
    "remove",
    "report",
    "run",
    "rustc",
    "rustdoc",
    "search",
    "test",
    "tree",
    "uninstall",
    "update",
];

/// Aliases with `--config`, which hide a flag behind a harmless name, and variables that `[env]`
/// gives to every cargo that a build script starts.
pub(super) fn collect(view: &TeamView<'_>, found: &mut Vec<Override>) {
    for (folder, file) in view.configs.all() {
        for alias in &file.aliases {
            for mut setting in config_flags(&alias.words) {
                setting.ignored |= OWN_COMMANDS.contains(&&*alias.name);
                let location = Location::new(&file.path, alias.span);
                found.push(setting.into_record(Layer::Config, Some(folder.clone()), location));
            }
        }
        for (name, span) in &file.env {
            if let Effect::Override(setting) = effect_of(name, None) {
                let location = Location::new(&file.path, *span);
                found.push(setting.into_record(Layer::Config, Some(folder.clone()), location));
            }
        }
    }
}
