//! The resource written by hand on socketioxide, as its documentation shows: a handler per event, extractors,
//! shared state, typed payloads.
//!
//! It does what ours does for these four actions and no more: no revisions, no log of changes, no access rules,
//! no order among the requests of one connection, no field errors.

pub(crate) mod rooms;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::serve::ListenerExt as _;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef, State};
use socketioxide::layer::SocketIoLayer;
use tokio::net::TcpListener;

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Creature {
    id: String,
    name: String,
    #[serde(default)]
    hunger: u8,
    kind: Option<Kind>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Dragon { wings: u8 },
    Unicorn,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    id: String,
    name: Option<String>,
    hunger: Option<u8>,
    #[serde(default, deserialize_with = "given")]
    kind: Option<Option<Kind>>,
    tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meal {
    id: String,
    food: String,
}

/// Tells `null` from absent.
fn given<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Option<Kind>>, D::Error> {
    Option::deserialize(value).map(Some)
}

#[derive(Serialize)]
struct Failure {
    code: u16,
    message: String,
}

impl Failure {
    fn missing() -> Self {
        Self {
            code: 404,
            message: "there is no such creature".to_owned(),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self {
            code: 400,
            message: error.to_string(),
        }
    }
}

#[derive(Clone, Default)]
struct Creatures(Arc<RwLock<HashMap<String, Creature>>>);

impl Creatures {
    fn read(&self) -> RwLockReadGuard<'_, HashMap<String, Creature>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<String, Creature>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answered from under the lock: a copy of the record would cost more than the others wait.
    fn get(&self, payload: &RawValue, ack: AckSender) -> Result<(), (AckSender, Failure)> {
        let id: String = match serde_json::from_str(payload.get()) {
            Ok(id) => id,
            Err(error) => return Err((ack, error.into())),
        };
        match self.read().get(&id) {
            Some(creature) => {
                answer(ack, creature);
                Ok(())
            }
            None => Err((ack, Failure::missing())),
        }
    }

    fn create(&self, payload: &RawValue) -> Result<Creature, Failure> {
        let creature: Creature = serde_json::from_str(payload.get())?;
        match self.write().entry(creature.id.clone()) {
            Entry::Occupied(_) => Err(Failure {
                code: 409,
                message: "a creature with this id exists".to_owned(),
            }),
            Entry::Vacant(place) => Ok(place.insert(creature).clone()),
        }
    }

    fn update(&self, payload: &RawValue) -> Result<Creature, Failure> {
        let changes: Changes = serde_json::from_str(payload.get())?;
        let mut creatures = self.write();
        let creature = creatures
            .get_mut(&changes.id)
            .ok_or_else(Failure::missing)?;
        if let Some(name) = changes.name {
            creature.name = name;
        }
        if let Some(hunger) = changes.hunger {
            creature.hunger = hunger;
        }
        if let Some(kind) = changes.kind {
            creature.kind = kind;
        }
        if let Some(tags) = changes.tags {
            creature.tags = tags;
        }
        Ok(creature.clone())
    }

    fn feed(&self, payload: &RawValue) -> Result<String, Failure> {
        let meal: Meal = serde_json::from_str(payload.get())?;
        let mut creatures = self.write();
        let creature = creatures.get_mut(&meal.id).ok_or_else(Failure::missing)?;
        creature.hunger = creature.hunger.wrapping_sub(1);
        Ok(format!("{} ate {}", creature.name, meal.food))
    }
}

fn answer<T: Serialize>(ack: AckSender, result: &T) {
    // Fails when the client has gone, or does not read: nothing is left to do then.
    let _ = ack.send(&(None::<()>, result));
}

fn refuse(ack: AckSender, failure: &Failure) {
    // As above.
    let _ = ack.send(&(failure, None::<()>));
}

/// Serves the resource.
///
/// # Errors
/// When the listener fails.
pub(crate) async fn serve(listener: TcpListener) -> io::Result<()> {
    let (layer, io) = SocketIo::builder()
        .with_state(Creatures::default())
        .build_layer();
    io.ns("/", async |socket: SocketRef| {
        socket.on(
            "creature",
            async |Data::<(String, Box<RawValue>)>((action, payload)),
                   ack: AckSender,
                   State(creatures): State<Creatures>| {
                let done = match action.as_str() {
                    "get" => creatures.get(&payload, ack),
                    "create" => settle(ack, creatures.create(&payload)),
                    "update" => settle(ack, creatures.update(&payload)),
                    "feed" => settle(ack, creatures.feed(&payload)),
                    other => Err((
                        ack,
                        Failure {
                            code: 405,
                            message: format!("creature has no action {other}"),
                        },
                    )),
                };
                if let Err((ack, failure)) = done {
                    refuse(ack, &failure);
                }
            },
        );
    });
    listen(listener, layer).await
}

async fn listen(listener: TcpListener, layer: SocketIoLayer) -> io::Result<()> {
    // As our own listener does: answers do not wait for more bytes.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, axum::Router::new().layer(layer)).await
}

fn settle<T: Serialize>(
    ack: AckSender,
    result: Result<T, Failure>,
) -> Result<(), (AckSender, Failure)> {
    match result {
        Ok(result) => {
            answer(ack, &result);
            Ok(())
        }
        Err(failure) => Err((ack, failure)),
    }
}
