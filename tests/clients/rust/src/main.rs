//! `rust_socketio` against a running `creatures` example whose store is empty:
//!
//! ```text
//! cargo run -- any|websocket http://127.0.0.1:3000
//! ```
//!
//! Prints one line per promise kept; the first one broken ends it with a panic.

mod checks;
mod connection;
mod conversation;

use connection::Dialler;
use rust_socketio::TransportType;

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let (transport, url) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["any", url] => (TransportType::Any, url),
        ["websocket", url] => (TransportType::Websocket, url),
        _ => panic!("usage: any|websocket URL"),
    };
    let dialler = Dialler::new(url, transport);

    // The conversation counts positions from 1, so it comes first. The others only compare with what they found.
    conversation::every_documented_request_has_the_documented_answer(&dialler).await;
    println!("kept    every documented request has the documented answer");
    checks::a_batch_is_created_as_a_whole_and_pages_show_every_record_once(&dialler).await;
    println!("kept    a batch is created as a whole and pages show every record once");
    checks::the_hungriest_come_first_and_a_fed_one_no_longer(&dialler).await;
    println!("kept    the hungriest come first and a fed one no longer");
    checks::text_comes_back_as_it_was_sent(&dialler).await;
    println!("kept    text comes back as it was sent");
    checks::one_argument_per_answer_when_asked_for(&dialler).await;
    println!("kept    one argument per answer when asked for");
    checks::binary_is_refused_and_the_connection_goes_on(&dialler).await;
    println!("kept    binary is refused and the connection goes on");
    checks::of_200_fresh_connections_that_send_at_once_none_loses_its_request(&dialler).await;
    println!("kept    of 200 fresh connections that send at once none loses its request");
    checks::pipelined_requests_take_effect_in_order(&dialler).await;
    println!("kept    2,000 pipelined requests take effect in order");
}
