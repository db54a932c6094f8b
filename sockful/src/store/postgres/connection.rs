//! Connections, and how PostgreSQL is set up on them.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{MaybeDone, maybe_done, try_join_all};
use futures_util::{Stream, TryStreamExt};
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Statement};
use tokio_util::sync::CancellationToken;

use super::error::{Error, refused, told};
use super::row::Row;
use super::tls::Tls;
use crate::store::sql::quoted;
use crate::store::{Durability, StoreError};

/// The oldest version that is supported: 13.
const OLDEST: i32 = 130_000;

/// How long a connection may take to be made, and how long a peer may be silent before it counts as gone.
const SILENCE: Duration = Duration::from_secs(10);

/// How long a statement may take, with its wait for other nodes. A migration takes as long as it takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// The pauses between attempts to connect, at most: at first, and after many of them.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// About so many statements stay prepared on each connection.
const STATEMENTS: usize = 256;

/// Where a database is, and how it is to be used.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) config: Config,
    pub(super) tls: Tls,
    /// The schema that holds the tables; `None` is the one the database takes by itself.
    pub(super) schema: Option<String>,
    pub(super) durability: Durability,
}

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Writes,
    Reads,
}

impl Target {
    pub(super) fn new(mut config: Config, tls: Tls) -> Self {
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(SILENCE);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("sockful");
        }
        // A dead peer is noticed while nothing is sent, too.
        config.keepalives_idle(SILENCE);
        config.keepalives_interval(SILENCE / 5);
        config.keepalives_retries(3);
        // Of several servers, the one that takes writes: what was written is read there at once.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        Self {
            config,
            tls,
            schema: None,
            durability: Durability::Full,
        }
    }

    /// Makes a connection.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if nobody answers, [`StoreError::Failed`] if the server refuses; the message is
    /// for whoever starts the server.
    pub(super) async fn connect(&self, role: Role) -> Result<Link, StoreError> {
        let (client, connection) = self.tls.connect(&self.config).await.map_err(|error| {
            let message = format!("{}: {}", self.name(), told(&error));
            match error.code() {
                // Starting up, shutting down and too many connections pass.
                Some(code) if !["53", "57"].iter().any(|it| code.code().starts_with(it)) => {
                    refused(message)
                }
                _ => StoreError::Unavailable(message.into()),
            }
        })?;
        let gone = CancellationToken::new();
        let guard = gone.clone().drop_guard();
        tokio::spawn(async move {
            let _guard = guard;
            if let Err(error) = connection.await {
                tracing::warn!(error = told(&error), "a connection to the database ended");
            }
        });
        let link = Link {
            client,
            statements: Mutex::default(),
            gone,
        };
        link.execute(&self.settings(role)).await?;
        self.check(&link).await?;
        Ok(link)
    }

    /// Makes a connection, however often that fails: with a pause that grows, and that is another for each node, so
    /// that they do not all come back at once.
    pub(super) async fn reconnect(&self, role: Role) -> Link {
        let mut longest = PAUSE;
        loop {
            match self.connect(role).await {
                Ok(link) => return link,
                Err(error) => tracing::warn!(%error, "no connection to the database"),
            }
            // The random part of the id is good enough for this.
            let random = uuid::Uuid::new_v4().as_fields().0;
            let share = f64::from(random) / f64::from(u32::MAX);
            tokio::time::sleep(longest.mul_f64(0.5 + share / 2.0)).await;
            longest = (longest * 2).min(LONGEST_PAUSE);
        }
    }

    /// What is connected to, without the password.
    pub(super) fn name(&self) -> String {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            tokio_postgres::config::Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
        });
        let hosts: Vec<_> = hosts.collect();
        let ports = self.config.get_ports().iter().map(u16::to_string);
        let ports: Vec<_> = ports.collect();
        format!("PostgreSQL at {}:{}", hosts.join(","), ports.join(","))
    }

    fn settings(&self, role: Role) -> String {
        let path = self.schema.as_deref().map_or_else(String::new, |schema| {
            format!("SET search_path TO {};\n", quoted(schema))
        });
        let synchronous = match self.durability {
            // As the server has it, so that a standby may be waited for as well, unless that is not at all.
            Durability::Full => {
                "SELECT set_config('synchronous_commit', 'on', FALSE) \
                 WHERE current_setting('synchronous_commit') = 'off';\n"
            }
            Durability::Relaxed => "SET synchronous_commit TO off;\n",
        };
        let (patience, silence) = (PATIENCE.as_millis(), SILENCE.as_millis());
        // The server, too, shall notice a node that is gone, so that nothing stays locked for long.
        format!(
            "{path}{synchronous}\
             SET statement_timeout TO {patience};\n\
             SET lock_timeout TO 0;\n\
             SET idle_in_transaction_session_timeout TO {silence};\n\
             SET tcp_keepalives_idle TO {seconds};\n\
             SET tcp_keepalives_interval TO 2;\n\
             SET tcp_keepalives_count TO 3;\n\
             SET tcp_user_timeout TO {silence};\n\
             SET standard_conforming_strings TO on;\n\
             SET client_min_messages TO warning;\n\
             SET jit TO off;\n\
             SET default_transaction_isolation TO 'read committed';\n\
             SET default_transaction_read_only TO {read_only}",
            seconds = SILENCE.as_secs(),
            read_only = role == Role::Reads,
        )
    }

    async fn check(&self, link: &Link) -> Result<(), StoreError> {
        let text = "SELECT current_setting('server_version_num')::bigint, \
                    current_setting('server_encoding'), current_setting('server_version')";
        let row = link.one(text, Vec::new()).await?;
        let (number, encoding): (i64, &str) = (row.try_get(0)?, row.try_get(1)?);
        if number < i64::from(OLDEST) {
            let version: &str = row.try_get(2)?;
            return Err(refused(format!(
                "{} is version {version}: 13 or newer is needed",
                self.name()
            )));
        }
        if encoding != "UTF8" {
            return Err(refused(format!(
                "the database is encoded in {encoding}: UTF8 is needed"
            )));
        }
        Ok(())
    }
}

/// A connection that was set up.
pub(super) struct Link {
    client: Client,
    // Held to look up or to keep a statement, never across an await.
    statements: Mutex<Statements>,
    gone: CancellationToken,
}

/// A question: its text, and its parameters.
pub(super) struct Ask<'a> {
    pub(super) text: &'a str,
    pub(super) parameters: Parameters,
}

/// The parameters of one statement.
pub(super) type Parameters = Vec<Box<dyn ToSql + Sync + Send>>;

impl<'a> Ask<'a> {
    pub(super) fn new(text: &'a str, parameters: Parameters) -> Self {
        Self { text, parameters }
    }
}

impl Link {
    /// Ends when the connection does.
    pub(super) async fn ended(&self) {
        self.gone.cancelled().await;
    }

    /// Whether the connection has ended.
    pub(super) fn is_gone(&self) -> bool {
        self.gone.is_cancelled()
    }

    /// Executes statements without parameters.
    pub(super) async fn execute(&self, text: &str) -> Result<(), Error> {
        Ok(self.client.batch_execute(text).await?)
    }

    /// The rows of one question, as they come.
    pub(super) async fn stream(
        &self,
        text: &str,
        parameters: Parameters,
    ) -> Result<impl Stream<Item = Result<Row, Error>>, Error> {
        let statement = self.statement(text).await?;
        let rows = self.client.query_raw(&statement, parameters).await?;
        Ok(rows.map_ok(Row).map_err(Error::from))
    }

    /// The rows of one question.
    pub(super) async fn rows(&self, text: &str, parameters: Parameters) -> Result<Vec<Row>, Error> {
        self.stream(text, parameters).await?.try_collect().await
    }

    /// The one row of a question.
    pub(super) async fn one(&self, text: &str, parameters: Parameters) -> Result<Row, StoreError> {
        let mut rows = self.rows(text, parameters).await?;
        rows.pop().ok_or_else(|| refused("an answer without a row"))
    }

    /// The rows of several questions, which are sent at once, in their order. All of them are answered, also after
    /// one that fails.
    ///
    /// # Errors
    /// If one cannot be prepared; then none is sent.
    pub(super) async fn all(
        &self,
        asks: Vec<Ask<'_>>,
    ) -> Result<Vec<Result<Vec<Row>, Error>>, Error> {
        let statements = asks.iter().map(|ask| self.statement(ask.text));
        let statements = try_join_all(statements).await?;
        let answers = asks.into_iter().zip(&statements).map(|(ask, statement)| {
            Box::pin(async move {
                let rows = self.client.query_raw(statement, ask.parameters).await?;
                rows.map_ok(Row).map_err(Error::from).try_collect().await
            })
        });
        Ok(in_order(answers.map(maybe_done).collect()).await)
    }

    /// Forgets what is prepared: the tables have changed.
    pub(super) fn forget(&self) {
        *self.lock() = Statements::default();
    }

    async fn statement(&self, text: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.lock().get(text) {
            return Ok(statement);
        }
        let statement = self.client.prepare(text).await?;
        self.lock().keep(text, statement.clone());
        Ok(statement)
    }

    // A panic while it is held can only be one of the allocator; the map stays usable.
    fn lock(&self) -> std::sync::MutexGuard<'_, Statements> {
        self.statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins every future in its order, and ends with the last. A statement is sent when its future is first polled.
async fn in_order<F: Future + Unpin>(mut futures: Vec<MaybeDone<F>>) -> Vec<F::Output> {
    poll_fn(|cx| {
        let mut ready = true;
        for future in &mut futures {
            ready &= std::pin::Pin::new(future).poll(cx).is_ready();
        }
        if ready {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    let taken = futures.iter_mut();
    taken
        .filter_map(|future| std::pin::Pin::new(future).take_output())
        .collect()
}

/// Prepared statements by their texts: those that were used lately.
#[derive(Default)]
struct Statements {
    recent: HashMap<Arc<str>, Statement>,
    older: HashMap<Arc<str>, Statement>,
}

impl Statements {
    fn get(&mut self, text: &str) -> Option<Statement> {
        if let Some(statement) = self.recent.get(text) {
            return Some(statement.clone());
        }
        let (text, statement) = self.older.remove_entry(text)?;
        self.keep_as(text, statement.clone());
        Some(statement)
    }

    fn keep(&mut self, text: &str, statement: Statement) {
        self.keep_as(text.into(), statement);
    }

    fn keep_as(&mut self, text: Arc<str>, statement: Statement) {
        if self.recent.len() >= STATEMENTS / 2 {
            // What was not asked for since the last time is let go; dropped, it is closed.
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(text, statement);
    }
}
