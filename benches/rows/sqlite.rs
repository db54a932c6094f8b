//! Records that last, in SQLite: within one process, and over sockets.

use super::{Figure, Load, Part, Row};
use crate::load::Action;
use crate::side::Side;
use crate::stores::{Engine, Sync};
use crate::table::Budget::{AtLeast, Free};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for in_flight in [64, 1] {
        for sync in [Sync::Full, Sync::Relaxed] {
            for action in [Action::Create, Action::Update] {
                rows.push(calls(action, sync, in_flight));
            }
        }
        for action in [Action::Get, Action::List] {
            rows.push(calls(action, Sync::Full, in_flight));
        }
    }
    rows.push(calls(Action::CreateOnce, Sync::Full, 64));
    for (sockets, in_flight) in [(64, 1), (16, 4), (1, 64)] {
        rows.push(requests(Action::Create, sockets, in_flight));
    }
    for action in [
        Action::CreateOnce,
        Action::Update,
        Action::Get,
        Action::List,
    ] {
        rows.push(requests(action, 64, 1));
    }
    rows.extend([16, 1].map(trees));
    rows
}

/// Calls within one process, beside the same by hand.
fn calls(action: Action, sync: Sync, in_flight: usize) -> Row {
    let budget = match (action, sync, in_flight) {
        (Action::Create, Sync::Full, 64) => AtLeast(0.7),
        _ => Free,
    };
    let mut figures = Vec::new();
    // An app takes operations from clients alone.
    if action != Action::CreateOnce {
        figures.push(Figure::rate(Side::App, Side::Rusqlite, budget));
        figures.push(Figure::cpu(Side::App, Side::Rusqlite));
    }
    figures.push(Figure::rate(Side::Store, Side::Rusqlite, Free));
    figures.push(Figure::cpu(Side::Store, Side::Rusqlite));
    let word = match sync {
        _ if !action.writes() => "",
        Sync::Full => ", full",
        Sync::Relaxed => ", relaxed",
    };
    Row {
        name: format!("{} in SQLite, {in_flight} in flight{word}", action.name()),
        part: Part::Stores,
        load: Load::Calls {
            engine: Engine::Sqlite,
            action,
            sync,
            in_flight,
        },
        figures,
    }
}

/// Requests over sockets, beside a server that neither logs nor waits for the disk.
fn requests(action: Action, sockets: usize, in_flight: usize) -> Row {
    let (ours, peer) = (Side::SockfulSqlite, Side::FeathersKnex);
    let budget = match (action, sockets) {
        (Action::Create, 64) => AtLeast(2.0),
        _ => Free,
    };
    Row {
        name: format!(
            "{} over SQLite, {sockets} sockets × {in_flight}",
            action.name()
        ),
        part: Part::Stores,
        load: Load::Sockets {
            action,
            sockets,
            in_flight,
        },
        figures: vec![
            Figure::rate(ours, peer, budget),
            Figure::p99(ours, peer, Free),
            Figure::cpu(ours, peer),
        ],
    }
}

/// Requests for records with their relatives, one in flight on each socket, beside both ways to get them there.
fn trees(sockets: usize) -> Row {
    let peers = [Side::FeathersResolvers, Side::FeathersLoaders];
    let figures = peers.map(|peer| {
        [
            Figure::rate(Side::SockfulAlbums, peer, Free),
            Figure::p50(Side::SockfulAlbums, peer, Free),
            Figure::p99(Side::SockfulAlbums, peer, Free),
            Figure::cpu(Side::SockfulAlbums, peer),
        ]
    });
    let action = Action::Tree;
    Row {
        name: format!("{} over SQLite, {sockets} sockets × 1", action.name()),
        part: Part::Stores,
        load: Load::Sockets {
            action,
            sockets,
            in_flight: 1,
        },
        figures: figures.into_iter().flatten().collect(),
    }
}
