//! Broken HTTP, and broken packets by HTTP long-polling.

use super::*;

#[tokio::test]
async fn garbage_by_http_is_refused_and_neighbours_are_served() {
    let server = server().await;
    let mut neighbour = server.client().await;
    let mut requests: Vec<Vec<u8>> = [
        "", "GET", "GET /socket.io/ HTTP/1.1\r\n\r\n", "GET /socket.io/?EIO=4 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "GET /socket.io/?EIO=3&transport=polling HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "GET /socket.io/?EIO=4&transport=smoke HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "GET /socket.io/?EIO=4&transport=polling&sid=nobody HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "GET /socket.io/?EIO=4&transport=polling&sid= HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "DELETE /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\n40",
        "GET /../../etc/passwd HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ]
    .map(|request| request.as_bytes().to_vec())
    .into();
    requests.push(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc".to_vec());
    for request in &mut requests {
        // An incomplete request would be waited for: this one is over.
        if !request.ends_with(b"close\r\n\r\n") && !request.ends_with(b"40") {
            request.extend_from_slice(b"\r\nx\r\n\r\n");
        }
        let answer = server.http(request).await;
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(refused, "{}: {answer}", String::from_utf8_lossy(request));
        assert_serves(&mut neighbour).await;
    }
    drop(neighbour);
    server.comes_to_rest().await;
}

#[tokio::test]
async fn garbage_posted_to_a_polling_session_harms_nobody() {
    let server = server().await;
    let mut neighbour = server.client().await;
    let bodies: [&[u8]; 10] = [
        b"",
        b"4",
        b"42",
        b"\x1e\x1e\x1e",
        b"42[\"creature\"\x1e",
        b"\xff\xfe",
        b"420[\"creature\",\"\xe2\x82\"]",
        b"bAAAA",
        b"b!!!!",
        b"42[]\x1e42[]\x1e42{}",
    ];
    for body in bodies {
        let hello = server.polling("GET", "", b"").await;
        let sid = hello
            .split("\"sid\":\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect(&hello);
        let query = format!("&sid={sid}");
        let joined = server.polling("POST", &query, b"40").await;
        assert!(joined.starts_with("HTTP/1.1 200"), "{joined}");
        let answer = server.polling("POST", &query, body).await;
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
        assert!(!answer.starts_with("HTTP/1.1 5"), "{answer}");
        assert_serves(&mut neighbour).await;
    }
}
