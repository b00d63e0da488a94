use crate::files::RepoPath;
use crate::report::Layer;

/// How a file that builds is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CiKind {
    /// GitHub, GitLab, Azure, CircleCI, Buildkite.
    Yaml,
    /// A Jenkinsfile.
    Jenkins,
    /// A Dockerfile or Containerfile.
    Container,
    /// A Makefile or justfile.
    Make,
    /// A shell script.
    Shell,
}

impl CiKind {
    /// What a file of this name in this folder is; `None` for the many that build nothing.
    pub(crate) fn of(folder: &RepoPath, name: &str) -> Option<Self> {
        if name.starts_with("Jenkinsfile") {
            return Some(Self::Jenkins);
        }
        let lower = name.to_ascii_lowercase();
        let (stem, extension) = lower.rsplit_once('.').unwrap_or((&lower, ""));
        match extension {
            "yml" | "yaml" => is_ci(folder, stem).then_some(Self::Yaml),
            "sh" | "bash" => Some(Self::Shell),
            "mk" | "just" => Some(Self::Make),
            "dockerfile" | "containerfile" => Some(Self::Container),
            _ if ["dockerfile", "containerfile"].contains(&stem) => Some(Self::Container),
            _ if ["makefile", "gnumakefile", "justfile"].contains(&stem) => Some(Self::Make),
            _ if [".justfile"].contains(&&*lower) => Some(Self::Make),
            _ => None,
        }
    }

    /// The layer of the records from such a file.
    pub(super) const fn layer(self) -> Layer {
        match self {
            Self::Yaml | Self::Jenkins => Layer::Ci,
            Self::Container => Layer::Container,
            Self::Make | Self::Shell => Layer::Script,
        }
    }
}

/// Whether a YAML file is one that a CI system reads, by its place and the stem of its name.
fn is_ci(folder: &RepoPath, stem: &str) -> bool {
    let within = |name: &str| folder.parts().any(|part| part == name);
    let named = stem == ".gitlab-ci"
        || stem.ends_with(".gitlab-ci")
        || stem.starts_with("azure-pipelines")
        || stem == "action"
        || stem == "buildkite";
    let github = within(".github") && (within("workflows") || within("actions"));
    named
        || github
        || [".gitlab", ".circleci", ".buildkite", ".azure-pipelines", ".azure"]
            .iter()
            .any(|name| within(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_places_and_names() {
        for (path, kind) in [
            (".github/workflows/ci.yml", Some(CiKind::Yaml)),
            (".github/actions/x/action.yaml", Some(CiKind::Yaml)),
            (".github/dependabot.yml", None),
            ("sub/.gitlab-ci.yml", Some(CiKind::Yaml)),
            ("azure-pipelines.yml", Some(CiKind::Yaml)),
            (".circleci/config.yml", Some(CiKind::Yaml)),
            (".buildkite/pipeline.yaml", Some(CiKind::Yaml)),
            ("Jenkinsfile.nightly", Some(CiKind::Jenkins)),
            ("Dockerfile", Some(CiKind::Container)),
            ("ci/Dockerfile.alpine", Some(CiKind::Container)),
            ("ci/alpine.Containerfile", Some(CiKind::Container)),
            ("Makefile", Some(CiKind::Make)),
            ("rules.mk", Some(CiKind::Make)),
            (".justfile", Some(CiKind::Make)),
            ("build.sh", Some(CiKind::Shell)),
            ("values.yaml", None),
            ("README.md", None),
        ] {
            let path = RepoPath::root().join(path).unwrap();
            assert_eq!(CiKind::of(&path.folder(), path.name()), kind, "{path}");
        }
    }
}
