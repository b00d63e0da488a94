use std::collections::BTreeMap;

/// The protected names, by what is left of them when the easiest mistakes are taken out.
#[derive(Debug, Clone, Default)]
pub(super) struct Protected(BTreeMap<String, Box<str>>);

/// The shortest name that is protected: below it, every name is one letter away from another.
const SHORTEST: usize = 5;

impl Protected {
    pub(super) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self(names.into_iter().map(|name| (folded(name), name.into())).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn contains(&self, name: &str) -> bool {
        self.0.get(&folded(name)).is_some_and(|it| **it == *name)
    }
}

/// The protected name that `name` looks like, unless it is protected itself.
///
/// It does when it differs only by `-`, `_` and letters that look alike, or by one letter added,
/// left out, doubled, changed or swapped with the next. Written here, because the published
/// checkers of names bring a database of the registry with them: this list is the policy's own.
pub(super) fn of<'p>(name: &str, protected: &'p Protected) -> Option<&'p str> {
    if protected.0.is_empty() || protected.contains(name) {
        return None;
    }
    let mine = folded(name);
    if let Some(exact) = protected.0.get(&mine) {
        return Some(exact);
    }
    let near = protected.0.iter().find(|(theirs, _)| {
        theirs.len().min(mine.len()) >= SHORTEST && one_edit(theirs.as_bytes(), mine.as_bytes())
    });
    near.map(|(_, name)| &**name)
}

fn folded(name: &str) -> String {
    let kept = name.chars().filter(|c| !matches!(c, '-' | '_'));
    let alike = kept.map(|c| match c.to_ascii_lowercase() {
        '0' => 'o',
        '1' | 'i' => 'l',
        other => other,
    });
    alike.collect::<String>().replace("rn", "m")
}

/// Whether one letter added, left out, changed, or swapped with its neighbour makes one the other.
fn one_edit(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let (short, long) = (short.get(same..).unwrap_or(&[]), long.get(same..).unwrap_or(&[]));
    match long.len() - short.len() {
        0 => match (short, long) {
            ([], []) => true,
            ([a, c, rest @ ..], [b, d, others @ ..]) if a == d && b == c && rest == others => true,
            ([_, rest @ ..], [_, others @ ..]) => rest == others,
            _ => false,
        },
        1 => long.get(1..) == Some(short),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_seen_and_the_protected_ones_are_not_their_own_lookalikes() {
        let protected = Protected::new(["serde", "serde_json", "tokio", "rand", "rustls"]);
        for (name, like) in [
            ("serd", None),
            ("serdee", Some("serde")),
            ("sedre", Some("serde")),
            ("s3rde", Some("serde")),
            ("serde-json", Some("serde_json")),
            ("serdejson", Some("serde_json")),
            ("tokio", None),
            ("t0kio", Some("tokio")),
            ("toklo", Some("tokio")),
            ("rands", None),
            ("rust1s", Some("rustls")),
            ("anyhow", None),
            ("serde_derive", None),
        ] {
            assert_eq!(of(name, &protected), like, "{name}");
        }
        assert_eq!(of("anything", &Protected::default()), None);
    }
}
