use clap::ValueEnum;

/// A form in which a scan can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub enum Format {
    /// For a person at a terminal
    Human,
    /// Everything, as `depaudit.scan/1`
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// SARIF for GitHub's code scanning: without waived findings, which it would show as open
    GithubSarif,
    /// A test report, for GitLab and Jenkins
    Junit,
    /// Workflow commands, which GitHub Actions shows beside the lines
    Github,
    /// A short summary, for a step summary or a merge request
    Markdown,
}
