/// What stands of the things that files say, the central one first: the first, until a later one
/// is tighter. This is the monotonic law.
pub(super) fn stands<T>(
    spoken: impl Iterator<Item = T>,
    tighter: impl Fn(&T, &T) -> bool,
) -> Option<T> {
    spoken.reduce(|old, new| if tighter(&new, &old) { new } else { old })
}
