use super::DoorRule;

impl DoorRule {
    /// The headings of every rule's documentation, in order: those of a scan's rules.
    pub const SECTIONS: [&'static str; 5] = [
        "## What it does",
        "## Why it is bad",
        "## Example",
        "## How to fix it",
        "## When it is a false positive",
    ];

    /// What it objects to, as a heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Checksum => "It has no checksum, or not the one that was first seen",
            Self::UpstreamChanged => "The registry deleted it or changed its bytes",
            Self::Denied => "A line of the policy denies it",
            Self::NotAllowed => "It is not on the list of what is allowed",
            Self::InternalName => "Its name is kept for an internal package",
            Self::Lookalike => "Its name is nearly that of a protected crate",
            Self::Advisory => "An advisory is about it",
            Self::Yanked => "Its author withdrew it",
            Self::MinimumAge => "It has not been public for long enough",
            Self::Licence => "Its licence is not approved",
            Self::Size => "It is larger than the policy allows",
        }
    }

    /// One text for the pages and the terminal, in Markdown, with the [sections](Self::SECTIONS) that
    /// every rule has.
    #[must_use]
    pub const fn documentation(self) -> &'static str {
        match self {
            Self::Checksum => include_str!("rules/checksum.md"),
            Self::UpstreamChanged => include_str!("rules/upstream-changed.md"),
            Self::Denied => include_str!("rules/denied.md"),
            Self::NotAllowed => include_str!("rules/not-allowed.md"),
            Self::InternalName => include_str!("rules/internal-name.md"),
            Self::Lookalike => include_str!("rules/lookalike.md"),
            Self::Advisory => include_str!("rules/advisory.md"),
            Self::Yanked => include_str!("rules/yanked.md"),
            Self::MinimumAge => include_str!("rules/minimum-age.md"),
            Self::Licence => include_str!("rules/licence.md"),
            Self::Size => include_str!("rules/size.md"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_documented_in_the_same_sections() {
        for rule in DoorRule::ALL {
            let headings = rule.documentation().lines().filter(|line| line.starts_with('#'));
            assert_eq!(headings.collect::<Vec<_>>(), DoorRule::SECTIONS, "{rule}");
        }
    }

    #[test]
    fn what_the_documentation_shows_is_a_policy() {
        for rule in DoorRule::ALL {
            let mut parts = rule.documentation().split("```");
            while let (Some(_), Some(code)) = (parts.next(), parts.next()) {
                let policy = code.strip_prefix("toml\n").unwrap();
                let read = crate::PolicyFile::parse(policy, "example", &crate::RuleSet::default());
                assert!(read.is_ok(), "{rule}: {:?}", read.err());
            }
        }
    }
}
