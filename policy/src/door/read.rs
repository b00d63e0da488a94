use std::ops::Range;

use depaudit_model::Checksum;
use toml::Spanned;

use super::lookalike::Protected;
use super::shape::{AllowShape, DenyShape, DoorShape, RuleShape, Unknown};
use super::{AllowLine, DenyLine, Door, DoorRule, Handling, Mode};
use crate::place::Lines;
use crate::{LicenceSet, PackageGlob, Place, Placed, PolicyError, PolicyFile};

impl Door {
    /// Turns what `[door]` looks like into what it means. What the file says elsewhere, and the
    /// door goes by, comes in beside it.
    pub(crate) fn read(
        shape: DoorShape,
        internal_packages: &[Placed<PackageGlob>],
        minimum_age: Option<Placed<u16>>,
        digest: Checksum,
        lines: &Lines<'_>,
    ) -> Result<Self, PolicyError> {
        let protected_lines: Vec<_> =
            shape.protected_names.into_iter().map(|name| placed(name, lines)).collect();
        let ages = shape.minimum_age_days.into_iter();
        let error = |range: Range<usize>, what: &str| PolicyError::new(lines.place(range), what);
        let mut door = Self {
            only_allowed: shape
                .only_allowed
                .filter(|it| *it.get_ref())
                .map(|it| lines.place(it.span())),
            minimum_age: ages.map(|(name, days)| (name, placed(days, lines))).collect(),
            minimum_age_elsewhere: minimum_age,
            unknown_age_is_fine: shape.unknown_age == Unknown::Allow,
            young_fixes: shape.young_security_fixes == Unknown::Allow,
            informational: shape.informational_advisories,
            unknown_licence_is_fine: shape.unknown_licence == Unknown::Allow,
            largest_crate: shape.largest_crate_bytes.map(|it| placed(it, lines)),
            protected: Protected::new(protected_lines.iter().map(|line| line.value.as_str())),
            protected_lines,
            internal_packages: internal_packages.to_vec(),
            internal_registries: shape.internal_registries.into_iter().collect(),
            two_person_waivers: shape.two_person_waivers,
            longest_waiver: shape.longest_waiver_days,
            contact: shape.contact,
            digest: Some(digest),
            ..Self::default()
        };
        if let Some(written) = shape.licences {
            let mut licences = LicenceSet::default();
            for licence in written {
                let added = licences.add(licence.get_ref());
                added.map_err(|what| error(licence.span(), &what.to_string()))?;
                door.licence_lines.push(placed(licence, lines));
            }
            door.licences = Some(licences);
        }
        let excess = shape.deny.get(PolicyFile::MOST_ENTRIES).map(Spanned::span);
        let excess = excess.or(shape.allow.get(PolicyFile::MOST_ENTRIES).map(Spanned::span));
        if let Some(range) = excess {
            let what = format!("more than {} of these", PolicyFile::MOST_ENTRIES);
            return Err(error(range, &what));
        }
        for rule in shape.rule {
            let range = rule.rule.span();
            let place = lines.place(range.clone());
            door.handle(rule, place).map_err(|what| error(range, what))?;
        }
        door.deny = shape.deny.into_iter().map(|line| deny(line, lines)).collect();
        door.allow = shape.allow.into_iter().map(|line| allow(line, lines)).collect();
        Ok(door)
    }

    fn handle(&mut self, line: RuleShape, place: Place) -> Result<(), &'static str> {
        let rule = line.rule.into_inner();
        let handling = Handling {
            mode: line.mode.unwrap_or(Mode::Enforce),
            block: line.block.unwrap_or(rule.block()),
        };
        if rule == DoorRule::Checksum {
            return Err(
                "bytes that are not the pinned ones never pass; this rule has no other mode",
            );
        }
        let handling = Placed { value: handling, place };
        let before = match line.team {
            Some(team) => self.handling_of_team.insert((rule, team), handling),
            None => self.handling.insert(rule, handling),
        };
        match before {
            Some(_) => Err("this rule is set twice for the same teams"),
            None => Ok(()),
        }
    }
}

fn placed<T>(written: Spanned<T>, lines: &Lines<'_>) -> Placed<T> {
    let place = lines.place(written.span());
    Placed { value: written.into_inner(), place }
}

fn deny(line: Spanned<DenyShape>, lines: &Lines<'_>) -> DenyLine {
    let place = lines.place(line.span());
    let DenyShape { package, version, team, reason, replacement, link, block } = line.into_inner();
    DenyLine { place, package, version, team, reason, replacement, link, block }
}

fn allow(line: Spanned<AllowShape>, lines: &Lines<'_>) -> AllowLine {
    let place = lines.place(line.span());
    let AllowShape { package, version, team, rules, reason } = line.into_inner();
    AllowLine { place, package, version, team, lifts: rules, reason }
}
