//! Which browser pages may connect. A page of another site must not use the cookies of its visitors.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

use crate::error::{Error, Result};

/// Lets a connection pass that no browser page made, or a page of the same host, or one that was allowed.
///
/// # Errors
/// Forbidden `origin`, naming the setting that would allow it.
pub(super) fn check(headers: &HeaderMap, allowed: &[String]) -> Result<()> {
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    // What is not text is nobody's origin.
    let origin = origin.to_str().unwrap_or_default();
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let page = origin.split_once("://").map_or("", |(_, page)| page);
    let same = !page.is_empty() && page.eq_ignore_ascii_case(host);
    // A page of a development server talks to an API on another port of the same machine.
    let local = cfg!(debug_assertions) && is_loopback(page) && is_loopback(host);
    if same
        || local
        || allowed
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(origin))
    {
        return Ok(());
    }
    let message =
        "pages of this origin may not connect; the server allows one by `.allow_origin(..)`";
    Err(Error::forbidden(message).reason("origin"))
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::check;

    fn may(origin: Option<&str>, host: &str, allowed: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("host", host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert("origin", origin.parse().unwrap());
        }
        let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
        check(&headers, &allowed).is_ok()
    }

    #[test]
    fn a_client_that_is_no_browser_may() {
        assert!(may(None, "api.example.com", &[]));
    }

    #[test]
    fn a_page_of_the_same_host_may() {
        assert!(may(Some("https://api.example.com"), "api.example.com", &[]));
        assert!(may(
            Some("http://api.example.com:8080"),
            "api.example.com:8080",
            &[]
        ));
    }

    #[test]
    fn a_page_of_another_host_or_port_may_only_if_allowed() {
        let page = "https://app.example.com";
        assert!(!may(Some(page), "api.example.com", &[]));
        assert!(!may(
            Some("https://api.example.com:444"),
            "api.example.com",
            &[]
        ));
        assert!(may(Some(page), "api.example.com", &[page]));
        assert!(!may(
            Some("https://app.example.com.evil.org"),
            "api.example.com",
            &[page]
        ));
    }

    #[test]
    fn a_page_without_a_host_may_not() {
        assert!(!may(Some("null"), "api.example.com", &[]));
        assert!(!may(Some(""), "", &[]));
        assert!(!may(Some("file://"), "", &[]));
    }

    #[test]
    fn in_debug_builds_pages_of_this_machine_may_connect_to_this_machine() {
        assert_eq!(
            may(Some("http://localhost:5173"), "127.0.0.1:3000", &[]),
            cfg!(debug_assertions)
        );
        assert!(!may(Some("http://localhost:5173"), "api.example.com", &[]));
        assert!(!may(
            Some("http://localhost.evil.org"),
            "localhost:3000",
            &[]
        ));
        assert_eq!(
            may(Some("http://[::1]:5173"), "[::1]:3000", &[]),
            cfg!(debug_assertions)
        );
    }
}
