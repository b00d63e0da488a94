use crate::Place;

/// What stands of the things that files say, the central one first: the first, until a later one
/// is tighter. This is the monotonic law.
pub(super) fn stands<'p, T: Copy>(
    spoken: impl Iterator<Item = (T, &'p Place)>,
    tighter: impl Fn(T, T) -> bool,
) -> Option<(T, &'p Place)> {
    spoken.reduce(|old, new| if tighter(new.0, old.0) { new } else { old })
}
