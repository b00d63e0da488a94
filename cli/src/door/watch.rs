use std::sync::Arc;
use std::time::Duration;

use depaudit_proxy::Proxy;

use super::{DoorFiles, Seen};

/// How often the files are looked at. A look costs some file-system calls, and reads the policy.
const EVERY: Duration = Duration::from_secs(2);
/// How often the waivers are read: so long may one that was ended by another process go on.
const WAIVERS_EVERY: Duration = Duration::from_millis(500);

/// Puts changed waivers in force, for as long as the server runs, whoever changed them; and says where another
/// server on the same data goes by another policy.
pub async fn watch_waivers(proxy: Arc<Proxy>) {
    let mut ticks = tokio::time::interval(WAIVERS_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // A failure was logged where it was met.
        let _ = proxy.refresh_waivers().await;
        proxy.look_for_rival().await;
    }
}

/// Puts changed files in force, for as long as the server runs.
///
/// Looking beats being told here: what replaces a file (an editor, a mounted configuration, a git
/// pull) does so in many ways, and the systems that tell of changes miss some of them. A change that
/// cannot be read leaves what is in force as it is, and is said once.
pub async fn watch(files: DoorFiles, seen: Seen, proxy: Arc<Proxy>) {
    if files.is_empty() {
        return;
    }
    let mut in_force = seen;
    let mut complaint: Option<String> = None;
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let looked = files.clone();
        let Ok(read) = tokio::task::spawn_blocking(move || looked.read()).await else { return };
        match read {
            Ok((_, seen)) if seen == in_force && complaint.is_none() => proxy.policy_was_read(),
            Ok((rules, seen)) => {
                // A failure to put it on record is logged there; the next look tries again.
                if proxy.change_policy(rules).await.is_ok() {
                    in_force = seen;
                    complaint = None;
                }
            }
            Err(error) => {
                let why = format!("{error:#}");
                if complaint.as_ref() != Some(&why) && proxy.keep_policy(&why).await.is_ok() {
                    complaint = Some(why);
                }
            }
        }
    }
}
