use depaudit_policy::Expiry;

use super::super::frame::Frame;
use super::super::problem::Problem;
use super::super::room::Room;
use super::super::visitor::Visitor;
use super::standing::Standing;
use super::{queue, waivers};

/// What of the policy waits for somebody.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Notices {
    proposed: usize,
    ending: usize,
    waiting: usize,
}

/// One of them, as it is shown.
#[derive(Debug)]
pub(in super::super) struct Notice {
    pub(in super::super) text: String,
    pub(in super::super) path: String,
}

impl Notices {
    pub(in super::super) async fn of(room: &Room, visitor: &Visitor) -> Result<Self, Problem> {
        let rows = waivers::seen(room, visitor).await?;
        let count =
            |counts: fn(Standing) -> bool| rows.iter().filter(|it| counts(it.state)).count();
        Ok(Self {
            proposed: count(|it| it == Standing::Proposed),
            ending: count(|it| matches!(it, Standing::Open { ends_in: Some(_) })),
            waiting: queue::seen(room, visitor).await?.len(),
        })
    }

    pub(in super::super) fn shown(&self, frame: &Frame<'_>) -> Vec<Notice> {
        let (waivers, queue) = (&["policy", "waivers"], &["policy", "queue"]);
        let days = Expiry::NOTICE;
        let ending = match self.ending {
            1 => format!("1 waiver ends within {days} days"),
            count => format!("{count} waivers end within {days} days"),
        };
        let proposed = match self.proposed {
            1 => "1 waiver waits for a second person".to_owned(),
            count => format!("{count} waivers wait for a second person"),
        };
        let waiting = match self.waiting {
            1 => "1 refused release waits for a review".to_owned(),
            count => format!("{count} refused releases wait for a review"),
        };
        let notices = [
            (self.waiting, waiting, queue),
            (self.proposed, proposed, waivers),
            (self.ending, ending, waivers),
        ];
        let there = notices.into_iter().filter(|(count, ..)| *count > 0);
        there.map(|(_, text, path)| Notice { text, path: frame.path(path) }).collect()
    }
}
