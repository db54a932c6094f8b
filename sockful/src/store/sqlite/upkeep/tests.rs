use super::*;

const SECOND: i64 = 1_000_000;

/// A ledger of its own, which keeps answers for an hour, and no more than 100,000 bytes.
struct Ledger {
    connection: Connection,
    upkeep: Upkeep,
    operations: usize,
}

impl Ledger {
    fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        for (_, statement) in meta::TABLES {
            connection.execute_batch(statement).unwrap();
        }
        let keep = Keep {
            answers: Bounds {
                age: Duration::from_secs(3_600),
                bytes: 100_000,
            },
            ..Keep::default()
        };
        Self {
            connection,
            upkeep: Upkeep::new(keep),
            operations: 0,
        }
    }

    /// Records so many answers, of about a thousand bytes each, at this time; then there is a step.
    fn record(&mut self, count: usize, at: i64) {
        for _ in 0..count {
            self.operations += 1;
            let text = "INSERT INTO sockful_ledger VALUES ('', ?1, x'', ?2, ?3)";
            let row = (self.operations.to_string(), "x".repeat(900), at);
            self.connection.execute(text, row).unwrap();
        }
        self.upkeep.wrote(1, Grown::default());
        self.upkeep.step(&mut self.connection).unwrap();
    }

    fn len(&self) -> i64 {
        let text = "SELECT count(*) FROM sockful_ledger";
        let row = |row: &rusqlite::Row<'_>| row.get(0);
        self.connection.query_row(text, [], row).unwrap()
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

#[test]
fn an_answer_of_a_clock_that_was_ahead_does_not_hide_those_that_follow() {
    let mut ledger = Ledger::new();
    ledger.record(1, now() + 1_000 * SECOND);
    ledger.record(200, now() - SECOND);
    let kept = ledger.len();
    assert!((90..=101).contains(&kept), "{kept}");
    // What is counted again each time is not counted twice.
    for _ in 0..30 {
        ledger.record(0, now());
    }
    assert_eq!(ledger.len(), kept);
}

#[test]
fn a_clock_that_has_gone_back_hides_nothing() {
    let mut ledger = Ledger::new();
    ledger.record(1, now() - SECOND);
    let note = Size {
        bytes: 1_000,
        to: now() + 1_000 * SECOND,
    };
    meta::set(&ledger.connection, LEDGER_SIZE, &note.to_string()).unwrap();
    ledger.record(200, now() - SECOND);
    let kept = ledger.len();
    assert!((90..=101).contains(&kept), "{kept}");
}

#[test]
fn answers_make_a_step_due_and_do_not_lengthen_the_log() {
    let mut upkeep = Upkeep::new(Keep::default());
    upkeep.bytes = Some(0);
    let answers = Grown {
        log: 1,
        ledger: DUE_BYTES / 2,
    };
    upkeep.wrote(1, answers);
    assert!(!upkeep.is_due());
    upkeep.wrote(1, answers);
    assert!(upkeep.is_due());
    assert_eq!(upkeep.bytes, Some(2));
}
