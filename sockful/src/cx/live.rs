//! What Rust code watches, and what it tells those who do.

use serde::Serialize;
use serde_json::json;

use super::Cx;
use crate::action::{self, Act, Asker, BUILTIN, Call, Options, Output};
use crate::app::App;
use crate::error::{Error, Result};
use crate::live::{Subscriber, Tell, Watched};
use crate::protocol::{SOCKFUL, TellText, write_id};
use crate::query::{Find, Page};
use crate::resource::{Record, Resource};
use crate::row;

/// What pushes are called: nothing else is told by these names.
const PUSHES: [&str; 3] = ["enter", "leave", "batch"];

impl Cx {
    /// The records that a query finds, and from then on every change to which these are, as long as what this answers is kept. On
    /// behalf of the caller: it tells what the caller may read, also when that changes.
    ///
    /// ```
    /// # use schemars::JsonSchema;
    /// # use serde::{Deserialize, Serialize};
    /// use sockful::Pushed;
    /// use sockful::prelude::*;
    ///
    /// # #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
    /// # #[resource(access = public)]
    /// # struct Creature { id: String, hunger: u8 }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = App::builder().store(Memory::new()).resource::<Creature>().build().await?;
    /// let cx = app.system();
    /// let hungry = Creature::query().filter(filter!(|c: Creature| c.hunger > 5));
    /// let mut hungry = cx.watch(hungry).await?;
    /// assert_eq!(hungry.records(), []);
    ///
    /// cx.create(Creature { id: "bob".into(), hunger: 9 }).await?;
    /// let Some(Ok(Pushed::Enter(bob))) = hungry.next().await else { panic!() };
    /// assert_eq!(bob.id, "bob");
    ///
    /// cx.update(&"bob".into(), |bob: &mut Creature| bob.hunger = 0).await?;
    /// assert_eq!(hungry.next().await.unwrap()?, Pushed::Leave("bob".into()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Changes wait, up to [`Config::push_bytes`](crate::Config::push_bytes). Beyond that, and where one transaction changes more than
    /// [`Config::max_push`](crate::Config::max_push) of them, the last thing that is told is [`Reset`](crate::Pushed::Reset).
    ///
    /// # Errors
    /// BadRequest `invalid_query` for a query that limits, skips or sorts; TooManyRequests `too_many_scans`; and whatever a client would
    /// get.
    pub async fn watch<R: Resource + Record>(&self, query: Find<R>) -> Result<Watched<R>> {
        let resource = self.app.registry().typed::<R>()?;
        let schema = resource.schema();
        let query = query.fit(schema, self.app.registry())?;
        if !action::is_watchable(&query) || !query.sort.is_empty() {
            let message = "a watch tells of every record that matches: it has no limit and no order, and skips none";
            return Err(Error::bad_request(message).reason("invalid_query"));
        }
        let page = Page {
            query,
            ..Page::default()
        };
        let act = Act::Watch {
            page: Box::new(page),
            since: None,
        };
        let mut call = Call::new(&self.app, self.deeper()?, resource, act, Options::default());
        let subscriber = Subscriber::new(&self.app, self.caller.clone());
        call.asker = Some(Asker::new(&subscriber));
        // Boxed, because a call may lead to another call of the same kind.
        let outcome = Box::pin(action::dispatch(&mut call)).await?;
        let Output::Watched { rows, .. } = outcome.output else {
            return Err(super::unexpected());
        };
        let records: Result<_> = rows.iter().map(|row| row::decode(row, schema)).collect();
        let watched = Watched::new(records?, subscriber.clone());
        for join in call.asker.iter().flat_map(Asker::take) {
            subscriber.join(join);
        }
        Ok(watched)
    }

    /// Tells those who are told of changes of a record something that is no change of it: that somebody is typing, where a cursor
    /// is. Whoever may not read the record is not told. Clients get `socket.on('card', (name, payload, { id }) => ..)`.
    ///
    /// It is told now or never: it is not kept, takes no part in resuming, and is left out for a client for which anything else
    /// waits. It does not wait for the commit of the method that tells it: a record that the same call has created is not there yet.
    ///
    /// ```
    /// # use schemars::JsonSchema;
    /// # use serde::{Deserialize, Serialize};
    /// # use serde_json::json;
    /// # use sockful::prelude::*;
    /// # use sockful::testing::TestApp;
    /// #[derive(Serialize, Deserialize, JsonSchema, Resource)]
    /// #[resource(access = public, remote)]
    /// struct Card {
    ///     id: String,
    /// }
    ///
    /// #[remote]
    /// impl Card {
    ///     #[remote]
    ///     async fn typing(&self, cx: &Cx, who: String) -> Result<()> {
    ///         cx.tell::<Self>(&self.id, "typing", &who).await
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = App::builder().store(Memory::new()).resource::<Card>().build().await?;
    /// # let app = TestApp::new(app);
    /// # let (ann, bob) = (app.anonymous(), app.anonymous());
    /// ann.call("card", "create", json!({ "id": "milk" })).await;
    /// ann.call("card", "watch", json!("milk")).await;
    /// bob.call("card", "typing", json!({ "id": "milk", "who": "Bob" })).await;
    /// assert_eq!(ann.event().await, json!(["card", "typing", "Bob", { "id": "milk" }]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// NotFound, if the record is not there or the caller may not read it; Internal for a name that is one of a push or of an action
    /// that every resource has, and for a payload that is no JSON.
    pub async fn tell<R: Resource + Record>(
        &self,
        id: &R::Key,
        name: &str,
        payload: &impl Serialize,
    ) -> Result<()> {
        if PUSHES.contains(&name) || BUILTIN.iter().any(|(action, _)| *action == name) {
            let message = format!("`{name}` is told where records change: choose another name");
            return Err(Error::internal(message));
        }
        let record = self.get::<R>(id).await?;
        drop(record);
        let resource = self.app.registry().typed::<R>()?;
        let schema = resource.schema();
        let id = self.id::<R>(id)?;
        // As it is stored: what a hook has made of it for the caller is not for others.
        let stored = self.app.store().get(schema, &id).await?;
        let stored = stored.ok_or_else(|| Error::not_found_record(schema.name))?;
        let mut about = String::new();
        write_id(schema, &id, &mut about);
        let payload = serde_json::to_string(payload).map_err(Error::internal)?;
        let text = TellText::new(name, payload, Some(about));
        let event = schema.name;
        let tell = Tell { event, text };
        let live = self.app.live();
        live.tell(&self.app, schema, stored.row, tell).await
    }
}

impl App {
    /// What [`Cx::watch`] does, on behalf of the application itself: for a cache, an index, a mail that is to be sent. What must not be
    /// left out when the process ends reads the log.
    ///
    /// ```
    /// # use schemars::JsonSchema;
    /// # use serde::{Deserialize, Serialize};
    /// use sockful::Pushed;
    /// use sockful::prelude::*;
    ///
    /// # #[derive(Serialize, Deserialize, JsonSchema, Resource)]
    /// # #[resource(access = public)]
    /// # struct Card { id: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = App::builder().store(Memory::new()).resource::<Card>().build().await?;
    /// let mut cards = app.watch(Card::query()).await?;
    /// let counting = tokio::spawn(async move {
    ///     let mut count = cards.records().len();
    ///     while let Some(Ok(pushed)) = cards.next().await {
    ///         match pushed {
    ///             Pushed::Enter(_) => count += 1,
    ///             Pushed::Leave(_) => count -= 1,
    ///             _ => {}
    ///         }
    ///         if count == 2 {
    ///             break; // told no more once `cards` is dropped
    ///         }
    ///     }
    ///     count
    /// });
    /// for id in ["milk", "cat"] {
    ///     app.system().create(Card { id: id.to_owned() }).await?;
    /// }
    /// assert_eq!(counting.await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Cx::watch`].
    pub async fn watch<R: Resource + Record>(&self, query: Find<R>) -> Result<Watched<R>> {
        self.system().watch(query).await
    }

    /// Tells every connected client something that is no change, such as that the server is about to be updated: clients get
    /// `socket.on('sockful', (what, { name, payload }) => ..)`, where `what` is `tell`. It is told now or never, as by
    /// [`Cx::tell`]; on this node.
    ///
    /// ```
    /// # use serde_json::json;
    /// # use sockful::prelude::*;
    /// # use sockful::testing::TestApp;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = App::builder().store(Memory::new()).build().await?;
    /// # let test = TestApp::new(app.clone());
    /// # let ann = test.anonymous();
    /// app.tell_all("restart", &json!({ "minutes": 5 }))?;
    /// let told = json!({ "name": "restart", "payload": { "minutes": 5 } });
    /// assert_eq!(ann.event().await, json!(["sockful", "tell", told]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Internal for a payload that is no JSON.
    pub fn tell_all(&self, name: &str, payload: &impl Serialize) -> Result<()> {
        let payload = serde_json::to_value(payload).map_err(Error::internal)?;
        let told = json!({ "name": name, "payload": payload });
        let text = TellText::new("tell", told.to_string(), None);
        self.live().tell_all(Tell {
            event: SOCKFUL,
            text,
        });
        Ok(())
    }
}
