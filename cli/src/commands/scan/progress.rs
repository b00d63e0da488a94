use depaudit_auditor::Progress;

use crate::output::progress_bar;

/// A bar on a terminal while overrides are compared: crates may have to be downloaded for it.
pub(super) fn of_comparisons() -> Progress {
    let bar = progress_bar(0, "overrides compared with releases");
    Progress::new(move |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        if done == all {
            bar.finish_and_clear();
        }
    })
}
