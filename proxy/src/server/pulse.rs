use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;

use super::ServerSettings;

/// What one connection is doing, and for how long it has been doing it.
///
/// hyper's own timer for HTTP/1 heads is not used: it runs from the end of the last answer, so that it
/// would be the limit for idling as well; and hyper has none for a client that does not read, or for the
/// time before the protocol is known.
#[derive(Debug)]
pub(super) struct Pulse {
    opened: Instant,
    limits: Limits,
    state: Mutex<State>,
    too_many_abandoned: Notify,
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    first_request: Duration,
    head: Duration,
    idle: Duration,
    send_stall: Duration,
    abandoned: u32,
}

#[derive(Debug)]
struct State {
    asked: bool,
    http2: bool,
    answers: u32,
    abandoned: u32,
    /// When the last answer ended or the last of its bytes went out.
    moved: Instant,
    /// When the first byte after the last answer came in.
    head: Option<Instant>,
    /// Since when the client takes nothing.
    stalled: Option<Instant>,
    /// HTTP/2: the answers whose next piece was not asked for since. A client closes the window of one
    /// stream, or of all, and the connection as such is neither blocked nor idle.
    untaken: HashMap<u64, Instant>,
    /// Numbers the answers.
    counted: u64,
}

/// Why a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    NoRequest,
    SlowHead,
    Idle,
    TakesNothing,
    TakesBack,
}

impl fmt::Display for Overdue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRequest => "no complete request in time",
            Self::SlowHead => "a request's head took too long",
            Self::Idle => "idle for too long",
            Self::TakesNothing => "the client takes no bytes of its answer",
            Self::TakesBack => "the client takes back too many requests",
        })
    }
}

/// Writes this short are no progress: an HTTP/2 ping or acknowledgement has at most 17 bytes, and this
/// side sends pings by itself.
const CHATTER: usize = 64;

impl Pulse {
    pub(super) fn new(settings: &ServerSettings) -> Arc<Self> {
        let now = Instant::now();
        Arc::new(Self {
            opened: now,
            limits: Limits {
                first_request: settings.first_request,
                head: settings.head,
                idle: settings.idle,
                send_stall: settings.send_stall,
                abandoned: settings.http2_abandoned,
            },
            state: Mutex::new(State {
                asked: false,
                http2: false,
                answers: 0,
                abandoned: 0,
                moved: now,
                head: None,
                stalled: None,
                untaken: HashMap::new(),
                counted: 0,
            }),
            too_many_abandoned: Notify::new(),
        })
    }

    /// Bytes came in.
    pub(super) fn read(&self) {
        let mut state = self.lock();
        if state.answers == 0 && state.head.is_none() {
            state.head = Some(Instant::now());
        }
    }

    /// Bytes went out.
    pub(super) fn wrote(&self, count: usize) {
        let mut state = self.lock();
        state.stalled = None;
        if count >= CHATTER {
            state.moved = Instant::now();
        }
    }

    /// Everything that was written is out.
    pub(super) fn flushed(&self) {
        self.lock().stalled = None;
    }

    /// Bytes wait for the client to take them.
    pub(super) fn blocked(&self) {
        self.lock().stalled.get_or_insert_with(Instant::now);
    }

    /// A request's head is complete; its answer is open until the value is dropped.
    pub(super) fn request(self: &Arc<Self>, http2: bool) -> OpenAnswer {
        let mut state = self.lock();
        state.asked = true;
        state.http2 = http2;
        state.answers = state.answers.saturating_add(1);
        state.head = None;
        state.counted += 1;
        let number = state.counted;
        drop(state);
        OpenAnswer { pulse: Arc::clone(self), number, http2, complete: false }
    }

    /// Waits until the connection has to be closed, and says why.
    pub(super) async fn overdue(&self) -> Overdue {
        let limits = &self.limits;
        let shortest =
            limits.first_request.min(limits.head).min(limits.idle).min(limits.send_stall);
        // Looking now and then is cheaper than moving a timer at every read and write.
        let mut tick = tokio::time::interval((shortest / 4).max(Duration::from_millis(1)));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {
                    if let Some(overdue) = self.check(Instant::now()) {
                        return overdue;
                    }
                }
                () = self.too_many_abandoned.notified() => return Overdue::TakesBack,
            }
        }
    }

    fn check(&self, now: Instant) -> Option<Overdue> {
        let state = self.lock();
        let over = |since: Instant, limit| now.saturating_duration_since(since) >= limit;
        if !state.asked {
            return over(self.opened, self.limits.first_request).then_some(Overdue::NoRequest);
        }
        if state.answers > 0 {
            let mut since = state.stalled.iter().chain(state.untaken.values());
            let stalled = since.any(|since| over(*since, self.limits.send_stall));
            return stalled.then_some(Overdue::TakesNothing);
        }
        match state.head {
            // Between HTTP/2 requests, bytes may be anything: only idling counts there.
            Some(since) if !state.http2 && over(since, self.limits.head) => Some(Overdue::SlowHead),
            _ => over(state.moved, self.limits.idle).then_some(Overdue::Idle),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Field by field, the state is sensible at every moment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that is being made or sent.
#[derive(Debug)]
pub(super) struct OpenAnswer {
    pulse: Arc<Pulse>,
    number: u64,
    http2: bool,
    complete: bool,
}

impl OpenAnswer {
    /// Whether it shares its connection with other answers.
    pub(super) const fn is_http2(&self) -> bool {
        self.http2
    }

    /// A piece was handed over, or the head; the next one waits for the client to take it.
    pub(super) fn handed_over(&self) {
        if self.http2 {
            self.pulse.lock().untaken.insert(self.number, Instant::now());
        }
    }

    /// The next piece is asked for: if there is none yet, that is this side's doing.
    pub(super) fn asked_for(&self) {
        if self.http2 {
            self.pulse.lock().untaken.remove(&self.number);
        }
    }

    /// Its last byte has been handed over.
    pub(super) const fn complete(&mut self) {
        self.complete = true;
    }
}

impl Drop for OpenAnswer {
    fn drop(&mut self) {
        let mut state = self.pulse.lock();
        state.answers = state.answers.saturating_sub(1);
        state.untaken.remove(&self.number);
        state.moved = Instant::now();
        // On HTTP/1 the client can take back a request only by closing the connection.
        if !self.complete && state.http2 {
            state.abandoned = state.abandoned.saturating_add(1);
            if state.abandoned > self.pulse.limits.abandoned {
                self.pulse.too_many_abandoned.notify_one();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_millis(1);

    #[test]
    fn each_phase_of_a_connection_has_its_own_limit() {
        let settings = ServerSettings::DEFAULT;
        let pulse = Pulse::new(&settings);
        let check_after = |limit: Duration| {
            let now = Instant::now();
            (pulse.check(now + limit - MOMENT * 100), pulse.check(now + limit + MOMENT))
        };
        pulse.read();
        assert_eq!(check_after(settings.first_request), (None, Some(Overdue::NoRequest)));

        let answer = pulse.request(false);
        assert_eq!(pulse.check(Instant::now() + Duration::from_secs(3_600)), None);
        pulse.blocked();
        assert_eq!(check_after(settings.send_stall), (None, Some(Overdue::TakesNothing)));
        pulse.wrote(1);
        assert_eq!(pulse.check(Instant::now() + Duration::from_secs(3_600)), None);

        drop(answer);
        assert_eq!(check_after(settings.idle), (None, Some(Overdue::Idle)));
        pulse.read();
        assert_eq!(check_after(settings.head), (None, Some(Overdue::SlowHead)));
    }

    #[test]
    fn between_http2_requests_only_idling_counts_and_pings_do_not_prolong_it() {
        let settings = ServerSettings::DEFAULT;
        let pulse = Pulse::new(&settings);
        drop(pulse.request(true));
        pulse.read();
        assert_eq!(pulse.check(Instant::now() + settings.head), None);
        let ended = pulse.lock().moved;
        pulse.wrote(17);
        assert_eq!(pulse.lock().moved, ended);
        assert_eq!(pulse.check(ended + settings.idle), Some(Overdue::Idle));
    }
}
