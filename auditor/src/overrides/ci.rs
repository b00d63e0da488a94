use crate::audit::TeamView;
use crate::cargo::setting::{Effect, config_flags};
use crate::report::{Location, Override};

/// Variables and flags in CI files, container files and scripts.
pub(super) fn collect(view: &TeamView<'_>, found: &mut Vec<Override>) {
    for file in &view.ci {
        for variable in &file.variables {
            if let Effect::Override(setting) = &variable.effect {
                let location = Location::new(&file.path, variable.span);
                found.push(setting.as_ref().clone().into_record(file.layer, None, location));
            }
        }
        for command in &file.commands {
            let location = Location::new(&file.path, command.span);
            let settings = config_flags(&command.words).into_iter();
            found.extend(settings.map(|it| it.into_record(file.layer, None, location.clone())));
        }
    }
}
