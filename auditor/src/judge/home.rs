use std::path::Path;

use depaudit_policy as policy;

use crate::files::RepoPath;
use crate::report::{Location, Span};
use crate::request::TeamRoot;
use crate::rules::Draft;

/// Where a line of a team's policy is shown.
pub(crate) struct Home<'p> {
    /// A place in the team's own files.
    pub(crate) location: Location,
    /// The line itself, where it stands in no file of the team's.
    pub(crate) elsewhere: Option<&'p policy::Place>,
}

impl TeamRoot {
    /// Where a place in a policy is shown: itself, when the file is one of the team's; otherwise
    /// the line that extends it; without one, the team's folder.
    pub(crate) fn home<'p>(&self, place: &'p policy::Place) -> Home<'p> {
        if let Some(location) = self.own(place) {
            return Home { location, elsewhere: None };
        }
        let extends = self.policy.files().last().and_then(policy::PolicyFile::extends);
        let extends = extends.and_then(|extends| self.own(&extends.reference.place));
        let nowhere = || Location::new(&RepoPath::root(), Span::START);
        Home { location: extends.unwrap_or_else(nowhere), elsewhere: Some(place) }
    }

    fn own(&self, place: &policy::Place) -> Option<Location> {
        if place.file.contains("://") {
            return None;
        }
        let file = Path::new(&*place.file);
        let here = self.path == Path::new(".");
        let below = if here { file } else { file.strip_prefix(&self.path).ok()? };
        let path = RepoPath::root().join(below.to_str()?).ok()?;
        Some(Location { path, span: place.span })
    }

    /// A finding about a line of the team's policy.
    pub(crate) fn at_line(
        &self,
        place: &policy::Place,
        identity: String,
        message: String,
        help: &str,
    ) -> Draft {
        let Home { location, elsewhere } = self.home(place);
        let message = match elsewhere {
            Some(place) => format!("{message} ({place})"),
            None => message,
        };
        Draft::at(location, identity, message, help)
    }
}
