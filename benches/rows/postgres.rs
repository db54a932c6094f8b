//! Records that last, in PostgreSQL: within one process, beside the same by hand.

use super::{Figure, Load, Part, Row};
use crate::load::Action;
use crate::side::Side;
use crate::stores::{Engine, Sync};
use crate::table::Budget::Free;

pub(super) fn rows() -> Vec<Row> {
    let (ours, peer) = (Side::App, Side::TokioPostgres);
    let mut rows = Vec::new();
    for in_flight in [64, 1] {
        for action in [Action::Create, Action::Update, Action::Get, Action::List] {
            rows.push(Row {
                name: format!("{} in PostgreSQL, {in_flight} in flight", action.name()),
                part: Part::Stores,
                load: Load::Calls {
                    engine: Engine::Postgres,
                    action,
                    sync: Sync::Full,
                    in_flight,
                },
                figures: vec![
                    Figure::rate(ours, peer, Free),
                    Figure::cpu(ours, peer),
                    Figure::database_cpu(ours, peer),
                ],
            });
        }
    }
    rows
}
