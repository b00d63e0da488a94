use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::Format;
use super::file;

/// Which formats go where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct OutputArgs {
    /// The form of what is printed
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Another form, into a file; repeatable. Without a file, or for `-`, it is printed
    #[arg(long, value_name = "FORMAT[=FILE]")]
    pub output: Vec<Output>,
}

/// One `--output`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    format: Format,
    /// `None` for standard output.
    file: Option<PathBuf>,
}

impl Output {
    /// In which form.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Whether it goes to standard output: a terminal may show colours, a file does not.
    #[must_use]
    pub const fn is_printed(&self) -> bool {
        self.file.is_none()
    }
}

/// The text is no `FORMAT=FILE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// There is no such format.
    #[error("there is no format `{0}`: it is one of {formats}", formats = known())]
    Format(String),
    /// Nothing stands behind the `=`.
    #[error("the name of the file is missing; `-` is standard output")]
    NoFile,
}

fn known() -> String {
    let names = Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    names.map(|name| name.get_name().to_owned()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Output {
    type Err = OutputError;

    fn from_str(text: &str) -> Result<Self, OutputError> {
        let (format, file) = match text.split_once('=') {
            None => (text, None),
            Some((_, "")) => return Err(OutputError::NoFile),
            Some((format, "-")) => (format, None),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
        };
        let format = Format::from_str(format, false)
            .map_err(|_| OutputError::Format(format.chars().take(64).collect()))?;
        Ok(Self { format, file })
    }
}

/// Where each format of one scan goes: at most one to standard output, each file once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice(Vec<Output>);

/// Two outputs want the same place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// Standard output can hold one format.
    #[error("two formats are to be printed; give one of them a file: `--output FORMAT=FILE`")]
    Printed,
    /// The second would overwrite the first.
    #[error("two outputs go to the file {}; give each its own", .0.display())]
    File(PathBuf),
}

impl OutputArgs {
    /// What was asked for: the human form on standard output, unless something else is.
    ///
    /// # Errors
    /// When two outputs want the same place.
    pub fn choice(&self) -> Result<Choice, ChoiceError> {
        let mut all = self.output.clone();
        let printed = all.iter().any(|output| output.file.is_none());
        if !printed || self.format.is_some() {
            let format = self.format.unwrap_or(Format::Human);
            all.push(Output { format, file: None });
        }
        if all.iter().filter(|output| output.file.is_none()).count() > 1 {
            return Err(ChoiceError::Printed);
        }
        let mut files = BTreeSet::new();
        for file in all.iter().filter_map(|output| output.file.as_deref()) {
            if !files.insert(whole(file)) {
                return Err(ChoiceError::File(file.to_owned()));
            }
        }
        Ok(Choice(all))
    }
}

/// The one name of a file that has several: `a`, `./a`, and `a` through a linked folder.
fn whole(file: &Path) -> PathBuf {
    if let Ok(there) = file.canonicalize() {
        return there;
    }
    let folder = match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    match (folder.canonicalize(), file.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => file.to_owned(),
    }
}

impl Choice {
    /// Renders every format into its place: files first, so that they are whole also when the
    /// reader of standard output leaves.
    ///
    /// # Errors
    /// When rendering fails, or a place cannot be written to; the error names the file.
    pub fn write(
        &self,
        stdout: &mut impl Write,
        mut render: impl FnMut(&Output, &mut dyn Write) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        for output in &self.0 {
            if let Some(path) = &output.file {
                file::write(path, |out| render(output, out))
                    .with_context(|| format!("cannot write {}", path.display()))?;
            }
        }
        for output in self.0.iter().filter(|output| output.file.is_none()) {
            render(output, stdout)?;
            stdout.flush()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(format: Option<Format>, outputs: &[&str]) -> OutputArgs {
        let output = outputs.iter().map(|text| text.parse().unwrap()).collect();
        OutputArgs { format, output }
    }

    #[test]
    fn an_output_is_a_format_and_a_place() {
        let to_file = Output { format: Format::Sarif, file: Some("a=b.sarif".into()) };
        assert_eq!("sarif=a=b.sarif".parse(), Ok(to_file));
        let printed = Ok(Output { format: Format::Json, file: None });
        assert_eq!("json".parse(), printed);
        assert_eq!("json=-".parse(), printed);
        assert_eq!("json=".parse::<Output>(), Err(OutputError::NoFile));
        let unknown = "gitlab=x".parse::<Output>().unwrap_err().to_string();
        assert!(unknown.contains("`gitlab`") && unknown.contains("junit"), "{unknown}");
    }

    #[test]
    fn a_person_reads_standard_output_unless_something_else_goes_there() {
        let formats = |args: OutputArgs| {
            let choice = args.choice().unwrap();
            choice.0.iter().map(|it| (it.format, it.file.is_none())).collect::<Vec<_>>()
        };
        assert_eq!(formats(args(None, &[])), [(Format::Human, true)]);
        assert_eq!(formats(args(None, &["sarif=-"])), [(Format::Sarif, true)]);
        let both = [(Format::Json, false), (Format::Github, true)];
        assert_eq!(formats(args(Some(Format::Github), &["json=a"])), both);
        let several = [(Format::Json, false), (Format::Junit, false), (Format::Human, true)];
        assert_eq!(formats(args(None, &["json=a", "junit=b"])), several);
    }

    #[test]
    fn two_formats_never_share_a_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| format!("json={}", folder.path().join(name).display());
        let same = [file("a"), file("./a")];
        let same = args(None, &[&same[0], &same[1]]).choice();
        assert!(matches!(same, Err(ChoiceError::File(_))), "{same:?}");
        let other = [file("a"), file("b")];
        assert!(args(None, &[&other[0], &other[1]]).choice().is_ok());
        assert_eq!(args(None, &["json", "sarif=-"]).choice(), Err(ChoiceError::Printed));
        let twice = args(Some(Format::Json), &["sarif"]).choice();
        assert_eq!(twice, Err(ChoiceError::Printed));
    }
}
