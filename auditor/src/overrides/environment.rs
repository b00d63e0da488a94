use crate::cargo::setting::{Effect, effect_of};
use crate::files::RepoPath;
use crate::report::{BlindSpot, BlindSpotKind, Layer, Location, Override, Span};
use crate::request::Environment;

/// Variables of whoever runs the scan. They stand in no file: their place is the root.
pub(super) fn collect(environment: &Environment, found: &mut Vec<Override>) {
    for (name, value) in environment.variables() {
        if let Effect::Override(setting) = effect_of(name, Some(value)) {
            let location = Location::new(&RepoPath::root(), Span::START);
            found.push(setting.into_record(Layer::Environment, None, location));
        }
    }
}

/// What nobody can see behind those variables; without an environment, that it was not looked at.
pub(crate) fn blind_spots(environment: Option<&Environment>) -> Vec<BlindSpot> {
    let Some(environment) = environment else {
        return vec![BlindSpotKind::Environment.everywhere()];
    };
    let spot = |(name, value): (&str, &str)| {
        let kind = match effect_of(name, Some(value)) {
            Effect::Opaque => BlindSpotKind::Unprovable,
            Effect::Home => BlindSpotKind::CargoHome,
            Effect::Override(_) | Effect::None => return None,
        };
        let location = Location::new(&RepoPath::root(), Span::START);
        Some(BlindSpot::named(kind, name, &location))
    };
    environment.variables().filter_map(spot).collect()
}
