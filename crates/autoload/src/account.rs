//! What was heard and what came of it, counted: every event and every decision has its place, so
//! that nothing can be lost in silence.

use kmodctl::decide::Problem;

use crate::record::{Priority, Record};

/// The counters of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Messages of the kernel, and what they were: these five add up to it.
    pub(crate) messages: u64,
    pub(crate) malformed: u64,
    pub(crate) other_actions: u64,
    /// Events of devices that ask for nothing.
    pub(crate) without_request: u64,
    /// Events of devices that ask for something.
    pub(crate) with_request: u64,
    /// Messages that others than the kernel have sent.
    pub(crate) foreign: u64,
    /// How often messages were lost for want of room.
    pub(crate) overruns: u64,
    pub(crate) coldplugs: u64,
    /// Devices that coldplugs have met.
    pub(crate) devices: u64,
    pub(crate) outcomes: Outcomes,
    sequence: Sequence,
}

/// Decisions, by what came of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcomes {
    pub(crate) already_loaded: u64,
    pub(crate) blacklisted: u64,
    pub(crate) built_in: u64,
    pub(crate) failed: u64,
    pub(crate) loaded: u64,
    pub(crate) no_module: u64,
    pub(crate) would_load: u64,
}

/// The numbers of events. They may come out of order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sequence {
    /// The last event before the first that was listened for.
    before: u64,
    last: u64,
    heard: u64,
}

impl Account {
    /// Notes the number of the last event that was not listened for.
    pub(crate) fn begins_after(&mut self, last: u64) {
        self.sequence = Sequence { before: last, last, heard: 0 };
    }

    /// Notes the number of an event that was heard. One from before the beginning has come while
    /// that was noted, and moves it.
    pub(crate) fn heard(&mut self, number: u64) {
        self.sequence.heard += 1;
        self.sequence.before = self.sequence.before.min(number.saturating_sub(1));
        self.sequence.last = self.sequence.last.max(number);
    }

    /// Notes the number of the last event there is: what was not heard up to it was missed.
    pub(crate) fn ends_with(&mut self, last: u64) {
        self.sequence.last = self.sequence.last.max(last);
    }

    /// The number of the last event there is, as far as is known.
    pub(crate) fn last(&self) -> u64 {
        self.sequence.last
    }

    /// Events that the kernel has numbered and that were not heard.
    pub(crate) fn missed(&self) -> u64 {
        let Sequence { before, last, heard } = self.sequence;
        (last - before).saturating_sub(heard)
    }

    /// All of it as a line; `lost` are lines that could not be written.
    pub(crate) fn record(&self, lost: u64) -> Record {
        let Outcomes { already_loaded, blacklisted, built_in, failed, .. } = self.outcomes;
        let Outcomes { loaded, no_module, would_load, .. } = self.outcomes;
        [
            ("messages", self.messages),
            ("with_request", self.with_request),
            ("without_request", self.without_request),
            ("other_actions", self.other_actions),
            ("malformed", self.malformed),
            ("foreign", self.foreign),
            ("first_seqnum", self.sequence.before + 1),
            ("last_seqnum", self.sequence.last),
            ("missed", self.missed()),
            ("overruns", self.overruns),
            ("coldplugs", self.coldplugs),
            ("devices", self.devices),
            ("loaded", loaded),
            ("already_loaded", already_loaded),
            ("built_in", built_in),
            ("blacklisted", blacklisted),
            ("no_module", no_module),
            ("would_load", would_load),
            ("failed", failed),
            ("lines_lost", lost),
        ]
        .into_iter()
        .fold(Record::new(Priority::Info, "statistics"), |record, (key, value)| {
            record.number(key, value)
        })
    }
}

/// A problem as fields: its code, its cause, its error number.
pub(crate) fn problem_fields(record: Record, problem: &Problem) -> Record {
    record
        .text("code", problem.code())
        .text("cause", problem.cause())
        .number("errno", problem.errno().0.unsigned_abs().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_heard_was_missed_in_whatever_order_the_rest_came() {
        let mut account = Account::default();
        account.begins_after(10);
        assert_eq!(account.missed(), 0);
        for number in [12, 11, 15] {
            account.heard(number);
        }
        assert_eq!(account.missed(), 2);
        account.ends_with(13);
        assert_eq!(account.missed(), 2);
        account.ends_with(20);
        assert_eq!(account.missed(), 7);
        account.heard(10);
        assert_eq!((account.missed(), account.sequence.before), (7, 9));
    }

    #[test]
    fn everything_is_on_the_line() {
        let mut account = Account { messages: 3, overruns: 1, ..Account::default() };
        account.begins_after(4);
        account.heard(6);
        account.outcomes.loaded = 2;
        assert_eq!(
            account.record(5).words(),
            "event=statistics messages=3 with_request=0 without_request=0 other_actions=0 \
             malformed=0 foreign=0 first_seqnum=5 last_seqnum=6 missed=1 overruns=1 coldplugs=0 \
             devices=0 loaded=2 already_loaded=0 built_in=0 blacklisted=0 no_module=0 \
             would_load=0 failed=0 lines_lost=5"
        );
    }
}
