//! Every limit of the library, in one place.

mod problems;

use std::time::Duration;

/// The limits of an app and of its connections.
///
/// Start from the defaults and change what does not fit:
///
/// ```
/// use std::time::Duration;
/// use sockful::Config;
///
/// let mut config = Config::default();
/// config.max_payload = 1024 * 1024;
/// config.call_timeout = Duration::from_secs(5);
/// ```
///
/// Those named "of the listener" are used by [`Listener::with_config`](crate::Listener::with_config), and
/// `write_deadline` and `shutdown_grace` by the app as well: give both the same `Config`. All others belong
/// to the app.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The largest request, in bytes; 256 KiB. A larger one is answered `payload_too_large`, one of more
    /// than four times this cuts the connection.
    pub max_payload: usize,
    /// How deep a payload may nest, in objects and arrays; 64. A deeper one is answered `too_deep`.
    pub max_depth: usize,
    /// The longest id, in bytes; 256. No store takes more than
    /// [`MAX_INDEXED_TEXT`](crate::store::MAX_INDEXED_TEXT).
    pub max_id: usize,
    /// The most records that one `create` may make, in records; 1,000. More are answered `batch_too_large`.
    pub max_batch: usize,
    /// The most items of one `sockful.commit`, in mutations; 100. More are answered `batch_too_large`.
    pub max_commit: usize,
    /// The `$limit` of a query that names none, in records; 100.
    pub page_default: usize,
    /// The largest `$limit`, in records; 1,000.
    pub page_max: usize,
    /// About how much one page of records may take, in bytes; 256 KiB. A page that would be larger holds fewer
    /// records than asked, and `meta.next` tells that there are more.
    /// It cannot be more than [`max_answer`](Self::max_answer).
    pub page_bytes: usize,
    /// How many conditions the query of a client may have: tests of one value each, and objects in `$and`, `$or` and
    /// `$not` that hold no test; and how many relations it may include; 200.
    pub query_terms: usize,
    /// How deep `$and`, `$or` and `$not` may be nested, and how many keys may lead into a nested value, in
    /// levels; 16.
    pub query_depth: usize,
    /// The longest list of `$in` or `$nin`, in values; 1,000.
    pub query_in: usize,
    /// How many fields the query of a client may sort by, in fields; 4.
    pub query_sort: usize,
    /// The largest `$skip`, in records; 100,000.
    pub query_skip: usize,
    /// How many records one query may look at where the store cannot filter or sort by itself, in records;
    /// 100,000. A query that would have to look at more is answered `scan_too_large`. This one holds for the
    /// queries of Rust code too. Records that the caller may not read count as well: they are looked at.
    pub query_scan: usize,
    /// The largest answer, in bytes; 1 MiB. What would be larger is answered `answer_too_large`, and a
    /// mutation that would answer more is not done.
    pub max_answer: usize,

    /// How many requests of one connection may wait their turn, in requests; 4,096.
    ///
    /// A connection that fills this or [`inbox_bytes`](Self::inbox_bytes) is closed as `overloaded`.
    pub inbox_requests: usize,
    /// How much the waiting requests of one connection may hold, in bytes; 1 MiB.
    pub inbox_bytes: usize,
    /// How much may wait to be sent on one connection, in bytes; 4 MiB. While anything waits no further
    /// request of it is begun; a connection that fills this is closed as `slow_consumer`. Before anything waits here
    /// Socket.IO itself holds up to [`carrier_messages`](Self::carrier_messages).
    pub outbox_bytes: usize,
    /// How many messages Socket.IO may hold for one connection before anything waits in the outbox, in
    /// messages; 128. Not for connections of a `SocketIo` of your own, which has its own `max_buffer_size`.
    ///
    /// This bounds what the answers to one client may hold in memory, however much it asks and however little it
    /// reads: at most [`outbox_bytes`](Self::outbox_bytes) and, of [`max_answer`](Self::max_answer) each, this
    /// many answers, [`calls_in_flight`](Self::calls_in_flight) and
    /// [`detached_in_flight`](Self::detached_in_flight) that are ready but not yet sent, and two on their way
    /// from one to the next.
    pub carrier_messages: usize,
    /// How many reads of one connection may overlap, in calls; 256.
    pub calls_in_flight: usize,
    /// How many `detached` calls of one connection may run, in calls; 64. A further one is answered
    /// `too_many_requests`.
    pub detached_in_flight: usize,
    /// How many requests of one connection are taken in a second, in requests; `None`: as many as come, since each waits for
    /// those before it anyway. A connection that has not asked for a while may ask for
    /// [`request_burst`](Self::request_burst) at once; more are answered `rate_limited`, and say when to try again.
    pub requests_per_second: Option<u32>,
    /// With [`requests_per_second`](Self::requests_per_second): how many may come at once, in requests; 100.
    pub request_burst: u32,
    /// How many calls of one user may run at once, over all sessions of the user, in calls; 1,000. A further one is answered
    /// `too_many_calls`, so that a user with many sessions leaves others their share. Those of the connections of clients who
    /// have not logged in have the limits of their connections alone. Where so many calls of one caller wait for
    /// [places of their hooks](Self::hooks_in_flight) a further one is refused in the same way.
    pub max_calls_per_user: usize,
    /// How many sessions one user may have, in sessions; 100. One counts until its hooks have run. A client that would be one more is refused with
    /// `too_many_sessions`.
    pub max_sessions_per_user: usize,
    /// How many ancestors are looked at to find out whether a record would be among its own descendants, in levels; 1,000.
    /// Where there are more a move is refused with `tree_too_deep`.
    pub max_tree_depth: usize,
    /// How many records one call may destroy or detach beside those that it destroys by themselves, in records; 10,000: a changeset, or
    /// a method with everything it calls, is one call. Where there are more nothing is done, and the answer is `too_many_children`.
    pub max_cascade: usize,
    /// How deep relatives of relatives may be included, by `$include`, in levels; 4.
    pub include_depth: usize,
    /// How many records one answer may include beside those that were asked for, in records; 10,000. Where there are more it is
    /// refused with `include_too_large`, and so it is where they would make it larger than [`max_answer`](Self::max_answer). A record
    /// counts as often as it is shown: the album of ten songs counts ten times.
    pub max_included: usize,
    /// How long one call may take, as a duration; 30 s. A later one is answered `timeout`, and was not done.
    pub call_timeout: Duration,
    /// How long a call of a method marked `detached` may take, as a duration; 10 min.
    pub detached_timeout: Duration,

    /// How many queries and records one connection may watch at once, in watches; 200. A further one is answered `too_many_watches`.
    pub max_watches: usize,
    /// How many records one connection may hold by [`push = interest`](macro@crate::Resource#push), in records; 1,000. It is
    /// answered further ones as well, and not told of their changes: `meta.interest` is `'full'`.
    pub max_interest: usize,
    /// How many records one watch may begin with, in records; 10,000: all that match, since it has no `$limit`. Where there are
    /// more it is refused with `snapshot_too_large`, and so it is where they would make its answer larger than
    /// [`max_answer`](Self::max_answer).
    pub max_snapshot: usize,
    /// How many groups of watches of one resource may have to be looked through at each of its changes, because their conditions do
    /// not say what a field is equal to, in groups; 256. Of those that say what a field is above or below 16 count for one. Watches
    /// that ask the same with the same rights are one group. One connection may have an eighth of them, or 8, not counting those ranges.
    /// A watch that would be one too many is answered `too_many_scans`.
    pub watch_scan: usize,
    /// How much of what is pushed may wait for one connection, in bytes; 1 MiB. Where it would be more the client is told by
    /// `reset`, with the reason `overflow`, that its watches have ended; where that happens again within a minute its connection ends.
    pub push_bytes: usize,
    /// How many changes of one transaction are told at once, in changes; 1,000. Of more a client is told by `reset`.
    pub max_push: usize,
    /// How many entries of the log are gone through for one resume, in entries; 10,000. Where a client has missed more it
    /// gets the records anew.
    pub max_replay: usize,
    /// How often a session that watches is told, by `sockful.pos`, what it was pushed last, as a duration; 25 s: so that it
    /// finds out where that was lost.
    pub position_interval: Duration,

    /// How long a new connection may take to send the head of its first request (of the listener), and then to
    /// ask for a namespace, as a duration; 10 s each. Below [`serve`](crate::serve()) a connection has as long for the head of each
    /// further request, from the end of the answer before.
    pub connect_timeout: Duration,
    /// How long finding out who a client is may take, and loading the facts of a user, as a duration; 5 s each. A
    /// client whose authenticator takes longer is refused.
    pub identity_timeout: Duration,
    /// How old the facts of a user may be that a call is decided by, as a duration; 5 min. Older ones are loaded anew before the
    /// call: so a change that no [`refresh`](crate::AppBuilder::refresh) of this server sees, because another server or
    /// program has made it, is believed after this time at the latest. `Duration::MAX`: however old they are.
    pub facts_max_age: Duration,
    /// How many clients of one address may be about to log in at once, in handshakes; 500. A further one is
    /// refused with `too_many_handshakes`, by the `connect_error` of its client.
    ///
    /// What counts as one address here and in the following: an IPv4 address, or the IPv6 addresses of one /64 network. Behind
    /// [`trusted_proxies`](Self::trusted_proxies) it is the address that they tell. Where a server does not know addresses
    /// none of these limits holds: [`Handshake::address`](crate::Handshake::address) says which does.
    pub max_handshakes_per_address: usize,
    /// How many clients of one address may connect, or show a new token, in a minute, in handshakes; 3,000, all
    /// at once or one after the other. A further one is refused with `too_many_handshakes`.
    pub handshakes_per_minute: u32,
    /// How many clients of one address may be refused by the authenticator in a minute, in handshakes; 60. Then all are
    /// refused with `too_many_failed_logins` before it is asked, until it is time for the next. Those that run at that moment,
    /// [`max_handshakes_per_address`](Self::max_handshakes_per_address) at most, still end and count as well, so that it takes
    /// longer, but never more than two minutes. Who goes away before it is answered counts as refused, and so does who is sent away. A token that has expired does not count
    /// (`token_expired`), nor does what is the server's fault.
    pub failed_logins_per_minute: u32,
    /// How many sessions one address may have, in sessions; 1,000. One counts until its hooks have run. Unlike
    /// [`max_connections_per_address`](Self::max_connections_per_address) this holds behind proxies too. A further client
    /// is refused with `too_many_sessions`.
    pub max_sessions_per_address: usize,
    /// From how long on a call is told in the log as slow, as a duration; 1 s. Not those of methods marked `detached`.
    pub slow_call: Duration,
    /// How long one hook that follows a call may run, or one of a session; 30 s.
    pub hook_timeout: Duration,
    /// How many calls of one user may have hooks that still run behind their answers, in calls; 64. Those of clients at one
    /// address who have not logged in are as many together, or those of one connection where addresses are not known, and so
    /// are those of Rust code that acts for the application itself. Beyond that the answers of that caller wait; nobody else's do.
    pub hooks_in_flight: usize,
    /// How long before the end of a login its client is told that it ends, by `token_expiring`, as a duration; 60 s.
    pub expiry_warning: Duration,
    /// How long after the end of a login its calls are still taken, as a duration; 30 s. Then they are refused with
    /// `token_expired`, until the client sends a new token.
    pub expiry_grace: Duration,
    /// The proxies in front of the server, whose `X-Forwarded-For` or `Forwarded` header is believed, as addresses or
    /// networks such as `10.0.0.0/8`; none. Only name what nobody else can connect from. See
    /// [`Handshake::address`](crate::Handshake::address).
    pub trusted_proxies: Vec<String>,
    /// How long after one heartbeat the next is sent, as a duration; 25 s.
    pub ping_interval: Duration,
    /// How long a client may take to answer a heartbeat, as a duration; 20 s. Then it counts as gone.
    pub ping_timeout: Duration,
    /// How many sessions of one address may use HTTP long-polling, in sessions; 512. Sessions that
    /// upgraded to WebSocket do not count; one that was left in the middle of its upgrade does, until its
    /// heartbeat is missed. What an address is: see
    /// [`max_handshakes_per_address`](Self::max_handshakes_per_address).
    pub max_polling_per_address: usize,
    /// Whether clients may use HTTP long-polling, which stock clients begin with; true. WebSocket is
    /// always possible.
    pub polling: bool,
    /// The HTTP path of Socket.IO; `/socket.io`, where stock clients look. Each of its parts is a slash and a name of
    /// letters, digits, `-`, `.`, `_` and `~`.
    pub path: String,

    /// Of the listener: how long a peer may take nothing while there is something to send, as a duration;
    /// 10 s. Then its connection is cut. A slow peer that keeps reading is not: 64 KiB per deadline are
    /// enough.
    pub write_deadline: Duration,
    /// Of the listener: how many connections may be open at once, in TCP connections; 10,000. Further ones
    /// are closed at once.
    pub max_connections: usize,
    /// Of the listener: how many connections one address may have open at once, in TCP connections; 1,000.
    /// Further ones are closed at once.
    ///
    /// IPv6 addresses of one /64 network count as one address. Behind a proxy every connection comes from
    /// the proxy's own address, whatever `trusted_proxies` say: raise this to `max_connections` there, and let
    /// [`max_sessions_per_address`](Self::max_sessions_per_address) do its work.
    pub max_connections_per_address: usize,
    /// Of the listener: how long [`serve`](crate::serve()) may take to end, once told to shut down, as a duration; 10 s.
    /// What still runs shortly before is cut off: see [`Serve::grace`](crate::Serve::grace).
    pub shutdown_grace: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_payload: 256 * 1024,
            max_depth: 64,
            max_id: 256,
            max_batch: 1_000,
            max_commit: 100,
            page_default: 100,
            page_max: 1_000,
            page_bytes: 256 * 1024,
            query_terms: 200,
            query_depth: 16,
            query_in: 1_000,
            query_sort: 4,
            query_skip: 100_000,
            query_scan: 100_000,
            max_answer: 1024 * 1024,

            inbox_requests: 4_096,
            inbox_bytes: 1024 * 1024,
            outbox_bytes: 4 * 1024 * 1024,
            carrier_messages: 128,
            calls_in_flight: 256,
            detached_in_flight: 64,
            requests_per_second: None,
            request_burst: 100,
            max_calls_per_user: 1_000,
            max_tree_depth: 1_000,
            max_cascade: 10_000,
            include_depth: 4,
            max_included: 10_000,
            max_sessions_per_user: 100,
            call_timeout: Duration::from_secs(30),
            detached_timeout: Duration::from_secs(600),

            max_watches: 200,
            max_interest: 1_000,
            max_snapshot: 10_000,
            watch_scan: 256,
            push_bytes: 1024 * 1024,
            max_push: 1_000,
            max_replay: 10_000,
            position_interval: Duration::from_secs(25),

            connect_timeout: Duration::from_secs(10),
            identity_timeout: Duration::from_secs(5),
            facts_max_age: Duration::from_secs(300),
            max_handshakes_per_address: 500,
            handshakes_per_minute: 3_000,
            failed_logins_per_minute: 60,
            max_sessions_per_address: 1_000,
            slow_call: Duration::from_secs(1),
            hook_timeout: Duration::from_secs(30),
            hooks_in_flight: 64,
            expiry_warning: Duration::from_secs(60),
            expiry_grace: Duration::from_secs(30),
            trusted_proxies: Vec::new(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            max_polling_per_address: 512,
            polling: true,
            path: "/socket.io".to_owned(),

            write_deadline: Duration::from_secs(10),
            max_connections: 10_000,
            max_connections_per_address: 1_000,
            shutdown_grace: Duration::from_secs(10),
        }
    }
}
