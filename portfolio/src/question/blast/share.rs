//! The first of a list that anybody who reports makes longer: no team's part pushes out another's.

use std::collections::{BTreeSet, HashMap};

use depaudit_model::TeamId;

/// The first `most`, in the order in which they stand, and how many are left out. What comes first in
/// some team's own list is taken before what comes second in any.
pub(super) fn share<T>(
    mut all: Vec<T>,
    most: usize,
    teams: impl Fn(&T) -> &BTreeSet<TeamId>,
) -> (Vec<T>, usize) {
    let left_out = all.len().saturating_sub(most);
    if left_out == 0 {
        return (all, 0);
    }
    let mut counts = HashMap::<&TeamId, usize>::new();
    let mut ranks = Vec::with_capacity(all.len());
    for (place, it) in all.iter().enumerate() {
        let mut rank = usize::MAX;
        for team in teams(it) {
            let count = counts.entry(team).or_default();
            rank = rank.min(*count);
            *count += 1;
        }
        ranks.push((rank, place));
    }
    ranks.sort_unstable();
    ranks.truncate(most);
    let taken: BTreeSet<usize> = ranks.into_iter().map(|(_, place)| place).collect();
    let mut place = 0..;
    all.retain(|_| place.next().is_some_and(|place| taken.contains(&place)));
    (all, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_much_pushes_nobody_out() {
        let of = |what: u32, team: &str| (what, BTreeSet::from([team.parse().unwrap()]));
        let mut all: Vec<_> = (0..100).map(|what| of(what, "much")).collect();
        all.extend([of(100, "little"), of(101, "little")]);
        let taken = |most| {
            let (taken, left_out) = share(all.clone(), most, |it| &it.1);
            (taken.into_iter().map(|it| it.0).collect::<Vec<_>>(), left_out)
        };
        assert_eq!(taken(5), (vec![0, 1, 2, 100, 101], 97));
        assert_eq!(taken(1), (vec![0], 101));
        assert_eq!(taken(102).1, 0);
    }
}
