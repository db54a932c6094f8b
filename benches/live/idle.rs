//! Connections that do nothing, and what memory of the server each takes.

use std::io;
use std::time::Duration;

use super::Plan;
use super::words::Words;
use crate::load::{Wire, Work};
use crate::process;
use crate::side::Side;
use crate::window::Report;

/// So many come before those that count: what is made once is made for them.
const BEFORE: usize = 100;

/// After this nothing of a connection's beginning is left to do.
const CALM: Duration = Duration::from_millis(500);

/// Connects them all, and tells how much more memory the server has in use per connection.
pub(super) async fn run(plan: &Plan, sockets: usize, watches: usize) -> io::Result<Report> {
    let (server, process) = plan.server()?;
    let words = Words::new(plan.side, usize::MAX);
    // What the peer is compared by is a connection, and no more.
    let watches = if plan.side == Side::SockfulLive {
        watches
    } else {
        0
    };
    let mut wires = Vec::with_capacity(BEFORE + sockets);
    let mut before = 0.0;
    for index in 0..BEFORE + sockets {
        if index == BEFORE {
            tokio::time::sleep(CALM).await;
            before = process::resident(process)?;
        }
        let mut wire = Wire::with_room(server, 1024).await?;
        wire.await_handlers_soon(&Work::probe(plan.side.dialect()))
            .await?;
        let queries = index * watches..(index + 1) * watches;
        for query in queries.clone() {
            wire.send(0, &words.watch(query));
        }
        wire.flush().await?;
        for _ in queries {
            let (_, answer) = wire.next().await?;
            if !answer.starts_with("[null") {
                return Err(io::Error::other(answer));
            }
        }
        wires.push(wire);
    }
    tokio::time::sleep(CALM).await;
    let more = process::resident(process)? - before;
    Ok(Report {
        answers: sockets,
        memory: more * 1024.0 / sockets as f64,
        ..Report::default()
    })
}
