use depaudit_model::Checksum;
use depaudit_portfolio::report::EncodedReport;
use depaudit_store::MetaStore;
use depaudit_web::unpack_report;

use super::Heard;
use super::heard::Key;

/// The first report whose content is not the one that came, or that never came.
pub(super) async fn unsaid(
    digests: &[Checksum],
    meta: &dyn MetaStore,
    heard: &Heard,
) -> anyhow::Result<Option<String>> {
    for digest in digests {
        // One that was forgotten meanwhile says nothing.
        let Some(kept) = meta.report(digest).await? else { continue };
        let origin = kept.repository.escape_debug();
        let of = format!("the report {digest} of {}, {origin},", kept.team);
        if !heard.reports.contains(&Key::of_report(digest, &kept.team)) {
            return Ok(Some(format!("{of} was added: no entry says that it came")));
        }
        let bytes = unpack_report(&kept.body).unwrap_or_default();
        if Checksum::of(&bytes) != *digest {
            return Ok(Some(format!("{of} was changed: its content is another one")));
        }
        // One that a newer depaudit wrote cannot be read here, and is whole.
        let Ok(encoded) = EncodedReport::read(&bytes) else { continue };
        let (report, says) = (encoded.report(), &encoded.report().origin);
        let same = says.team == kept.team
            && says.repository.to_string() == kept.repository
            && says.branch.to_string() == kept.branch
            && report.time == kept.time;
        if !same {
            return Ok(Some(format!("{of} is filed elsewhere than where it says it is from")));
        }
    }
    Ok(None)
}
