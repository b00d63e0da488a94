use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use depaudit_model::Checksum;
use toml::Spanned;

use super::{Drift, Extends, PolicyError, PolicyFile, Reference, shape};
use crate::address::Address;
use crate::approved::Approved;
use crate::door::Door;
use crate::levels::{LevelLine, Levels};
use crate::place::Lines;
use crate::{
    About, Declaration, DeclaredSource, Group, KnownRule, Level, PackageGlob, Phrase, Placed,
    RuleSet, Scope, Waiver,
};

/// Turns what a file looks like into what it means.
pub(super) struct Reader<'a> {
    lines: &'a Lines<'a>,
    rules: &'a RuleSet,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(lines: &'a Lines<'a>, rules: &'a RuleSet) -> Self {
        Self { lines, rules }
    }

    pub(super) fn file(
        &self,
        root: shape::Root,
        origin: Arc<str>,
        digest: Checksum,
    ) -> Result<PolicyFile, PolicyError> {
        let internal_packages = self.entries(root.internal_packages)?;
        let minimum_age = root.drift.minimum_age_days.map(|it| self.placed(it));
        let ages = minimum_age.clone();
        let door = Door::read(root.door, &internal_packages, ages, digest, self.lines)?;
        Ok(PolicyFile {
            origin,
            digest,
            door,
            extends: self.extends(root.extends, root.extends_sha256)?,
            levels: self.levels(root.levels, root.level)?,
            approved: Approved {
                registries: self.list(root.approved.registries)?,
                proxies: self.list(root.approved.proxies)?,
                git_hosts: self.list(root.approved.git_hosts)?,
            },
            internal_packages,
            drift: Drift {
                one_version: self.entries(root.drift.one_version)?,
                minimum_age,
                missed_patch: root.drift.missed_patch_days.map(|it| self.placed(it)),
                libyear_budget: root.drift.libyear_budget.map(|it| self.placed(it)),
            },
            longest_waiver: root.waivers.max_days.map(|it| self.placed(it)),
            declarations: self.each(root.r#override, Self::declaration)?,
            waivers: self.each(root.waiver, Self::waiver)?,
        })
    }

    fn extends(
        &self,
        reference: Option<Spanned<Reference>>,
        digest: Option<Spanned<Checksum>>,
    ) -> Result<Option<Extends>, PolicyError> {
        match (reference, digest) {
            (Some(reference), digest) => Ok(Some(Extends {
                reference: self.placed(reference),
                digest: digest.map(|it| self.placed(it)),
            })),
            (None, Some(digest)) => {
                Err(self.error(digest.span(), "`extends-sha256` stands here without `extends`"))
            }
            (None, None) => Ok(None),
        }
    }

    fn levels(
        &self,
        whole: impl IntoIterator<Item = (Spanned<String>, Spanned<Level>)>,
        narrow: Vec<shape::NarrowLevel>,
    ) -> Result<Levels, PolicyError> {
        let mut lines: Vec<LevelLine> = Vec::new();
        for (word, level) in whole {
            let scope = match Group::find(word.get_ref()) {
                Some(group) => Scope::Group(group),
                None => self.scope(&word, None, None)?,
            };
            self.add(&mut lines, scope, word.span().start..level.span().end, *level.get_ref())?;
        }
        for line in narrow {
            let scope = self.scope(&line.rule, line.package, line.team)?;
            self.add(&mut lines, scope, line.level.span(), *line.level.get_ref())?;
        }
        Ok(Levels(lines))
    }

    fn add(
        &self,
        lines: &mut Vec<LevelLine>,
        scope: Scope,
        range: Range<usize>,
        level: Level,
    ) -> Result<(), PolicyError> {
        if let Some(first) = lines.iter().find(|line| line.scope == scope) {
            let what = format!("this level is set twice; first in line {}", first.place.span.line);
            return Err(self.error(range, &what));
        }
        if lines.len() == PolicyFile::MOST_LEVELS {
            let what = format!("more than {} levels", PolicyFile::MOST_LEVELS);
            return Err(self.error(range, &what));
        }
        lines.push(LevelLine { scope, level, place: self.lines.place(range) });
        Ok(())
    }

    fn scope(
        &self,
        word: &Spanned<String>,
        package: Option<PackageGlob>,
        team: Option<Phrase>,
    ) -> Result<Scope, PolicyError> {
        let rule = self.rule(word)?;
        Ok(Scope::Rule { rule: rule.code.clone(), group: rule.group, package, team })
    }

    fn rule(&self, word: &Spanned<String>) -> Result<&'a KnownRule, PolicyError> {
        self.rules.find(word.get_ref()).ok_or_else(|| {
            let what = format!(
                "no rule or group is called `{}`; `depaudit rules` lists the rules",
                word.get_ref()
            );
            self.error(word.span(), &what)
        })
    }

    fn declaration(&self, written: Spanned<shape::Override>) -> Result<Declaration, PolicyError> {
        let place = self.lines.place(written.span());
        let written = written.into_inner();
        let source = written.source.get_ref();
        if matches!(Address::read(source), Ok((_, true))) {
            let what = "an address in a policy holds no password; take it out";
            return Err(self.error(written.source.span(), what));
        }
        if source.trim().is_empty() {
            let what = "expected the address or folder from which the package comes";
            return Err(self.error(written.source.span(), what));
        }
        Ok(Declaration {
            place,
            package: written.package,
            source: DeclaredSource::read(source),
            owner: written.owner,
            reason: written.reason,
            link: written.link,
            expires: written.expires.map(|it| self.placed(it)),
            until: written.until.map(|it| self.placed(it)),
        })
    }

    fn waiver(&self, written: Spanned<shape::Waiver>) -> Result<Waiver, PolicyError> {
        let place = self.lines.place(written.span());
        let written = written.into_inner();
        let about = match (&written.rule, &written.group) {
            (Some(rule), None) => {
                let known = self.rule(rule)?;
                if !known.can_be_waived() {
                    return Err(self.not_waived(rule.span(), known.code.as_str()));
                }
                About::Rule(known.code.clone())
            }
            (None, Some(group)) => {
                if *group.get_ref() == Group::Waiver {
                    return Err(self.not_waived(group.span(), Group::Waiver.as_str()));
                }
                About::Group(*group.get_ref())
            }
            (None, None) => About::Anything,
            (Some(_), Some(group)) => {
                let what = "a waiver names a `rule` or a `group`, not both";
                return Err(self.error(group.span(), what));
            }
        };
        Ok(Waiver {
            place,
            about,
            fingerprint: written.fingerprint,
            package: written.package,
            version: written.version,
            team: written.team,
            path: written.path,
            owner: written.owner,
            reason: written.reason,
            link: written.link,
            granted: written.granted.map(|it| self.placed(it)),
            expires: written.expires.map(|it| self.placed(it)),
        })
    }

    fn not_waived(&self, range: Range<usize>, word: &str) -> PolicyError {
        let what = format!("findings of `{word}` cannot be waived; mend what it reports");
        self.error(range, &what)
    }

    fn each<S, T>(
        &self,
        written: Vec<Spanned<S>>,
        read: impl Fn(&Self, Spanned<S>) -> Result<T, PolicyError>,
    ) -> Result<Vec<T>, PolicyError> {
        if let Some(excess) = written.get(PolicyFile::MOST_ENTRIES) {
            let what = format!("more than {} of these", PolicyFile::MOST_ENTRIES);
            return Err(self.error(excess.span(), &what));
        }
        written.into_iter().map(|it| read(self, it)).collect()
    }

    fn list<T>(
        &self,
        list: Option<Spanned<shape::List>>,
    ) -> Result<Option<Placed<Vec<Placed<T>>>>, PolicyError>
    where
        T: TryFrom<String, Error: fmt::Display>,
    {
        let Some(list) = list else { return Ok(None) };
        let place = self.lines.place(list.span());
        Ok(Some(Placed { value: self.entries(list.into_inner())?, place }))
    }

    fn entries<T>(&self, entries: shape::List) -> Result<Vec<Placed<T>>, PolicyError>
    where
        T: TryFrom<String, Error: fmt::Display>,
    {
        self.each(entries, |reader, entry| {
            let range = entry.span();
            match T::try_from(entry.into_inner()) {
                Ok(value) => Ok(Placed { value, place: reader.lines.place(range) }),
                Err(error) => Err(reader.error(range, &error.to_string())),
            }
        })
    }

    fn placed<T>(&self, value: Spanned<T>) -> Placed<T> {
        let place = self.lines.place(value.span());
        Placed { value: value.into_inner(), place }
    }

    fn error(&self, range: Range<usize>, what: &str) -> PolicyError {
        PolicyError::new(self.lines.place(range), what)
    }
}
