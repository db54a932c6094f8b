//! The same, telling others of changes as its documentation shows: clients join a room by an event, and what has changed is
//! emitted to the room, once.
//!
//! Nobody finds out whether something was lost, and who joins is not told what the records are.

use std::io;

use serde_json::value::RawValue;
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef, State};
use tokio::net::TcpListener;

use super::{Creatures, answer, refuse, settle};

/// Serves records that are told to the room that is named after them.
///
/// # Errors
/// When the listener fails.
pub(crate) async fn serve(listener: TcpListener) -> io::Result<()> {
    let (layer, io) = SocketIo::builder()
        .with_state(Creatures::default())
        .build_layer();
    io.ns("/", async |socket: SocketRef| {
        socket.on(
            "join",
            async |socket: SocketRef, Data::<String>(room), ack: AckSender| {
                socket.join(room);
                answer(ack, &());
            },
        );
        socket.on(
            "creature",
            async |Data::<(String, Box<RawValue>)>((action, payload)),
                   ack: AckSender,
                   io: SocketIo,
                   State(creatures): State<Creatures>| {
                let done = match action.as_str() {
                    "get" => creatures.get(&payload, ack),
                    "create" => settle(ack, creatures.create(&payload)),
                    _ => {
                        let updated = creatures.update(&payload);
                        if let Ok(creature) = &updated {
                            // Fails when somebody does not read, whom it then does not reach.
                            let room = io.to(creature.name.clone());
                            let _ = room.emit("creature", &("update", creature)).await;
                        }
                        settle(ack, updated)
                    }
                };
                if let Err((ack, failure)) = done {
                    refuse(ack, &failure);
                }
            },
        );
    });
    super::listen(listener, layer).await
}
