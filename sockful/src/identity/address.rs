//! Where a client is, also behind proxies.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use http::header::FORWARDED;
use ipnet::IpNet;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies whose word about addresses counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Reads addresses and networks, `10.0.0.7` or `10.0.0.0/8`.
    ///
    /// # Errors
    /// The first text that is neither.
    pub(crate) fn parse(texts: &[String]) -> Result<Self, &str> {
        let network = |text: &String| {
            let address = || text.parse::<IpAddr>().map(|it| it.to_canonical().into());
            text.parse::<IpNet>().or_else(|_| address()).ok()
        };
        let networks = texts.iter().map(|text| network(text).ok_or(&**text));
        networks.collect::<Result<_, _>>().map(Self)
    }

    /// The address of the client at the other end of this connection.
    ///
    /// A proxy adds whom it heard from to the end of a list, so the list is true from its end to the first address
    /// that is no proxy of ours: that is the client. What no proxy of ours has said does not count. Where both headers
    /// are there and disagree, only one of them can be the proxy's, and neither counts.
    pub(crate) fn client(&self, connection: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let connection = connection.ip().to_canonical();
        if !self.trusts(connection) {
            return connection;
        }
        let (plain, standard) = (x_forwarded_for(headers), forwarded(headers));
        let plain = plain.map(|hops| self.last_untrusted(connection, hops));
        let standard = standard.map(|hops| self.last_untrusted(connection, hops));
        match (plain, standard) {
            (Some(one), Some(other)) if one != other => connection,
            (Some(client), _) | (None, Some(client)) => client,
            (None, None) => connection,
        }
    }

    /// Whether a peer forwards for others, and is no proxy that is believed.
    pub(crate) fn ignores(&self, connection: SocketAddr, headers: &HeaderMap) -> bool {
        let forwards = headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(FORWARDED);
        forwards && !self.trusts(connection.ip().to_canonical())
    }

    fn last_untrusted(&self, connection: IpAddr, hops: Vec<Option<IpAddr>>) -> IpAddr {
        let mut client = connection;
        for hop in hops.into_iter().rev() {
            // Whoever hides is somewhere behind the last hop that is known.
            let Some(hop) = hop else { break };
            client = hop;
            if !self.trusts(hop) {
                break;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The hops of every `X-Forwarded-For`, `None` where one is no address; nothing without such a header.
fn x_forwarded_for(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    let lines = headers.get_all(X_FORWARDED_FOR).iter();
    let hops = lines.flat_map(|line| line.to_str().unwrap_or("?").split(','));
    let hops: Vec<_> = hops.map(node).collect();
    (!hops.is_empty()).then_some(hops)
}

/// The same of every `Forwarded`.
fn forwarded(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    let lines = headers.get_all(FORWARDED).iter();
    let hops = lines.flat_map(|line| split(line.to_str().unwrap_or("?"), ','));
    let hops: Vec<_> = hops.map(forwarded_for).collect();
    (!hops.is_empty()).then_some(hops)
}

/// `for=192.0.2.43;proto=http`, `For="[2001:db8::1]:4711"`.
fn forwarded_for(hop: &str) -> Option<IpAddr> {
    let mut pairs = split(hop, ';')
        .into_iter()
        .filter_map(|it| it.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    let value = value.trim();
    let unquoted = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    node(unquoted.unwrap_or(value))
}

/// Splits where no quotation is open.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    let parts = text.split(|it| {
        quoted ^= it == '"';
        it == separator && !quoted
    });
    parts.collect()
}

/// An address with or without a port.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse::<IpAddr>().ok();
    let address = address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    address.map(|it| it.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The client behind a connection from `connection`, with these headers.
    fn client(proxies: &[&str], connection: &str, headers: &[(&'static str, &str)]) -> String {
        let proxies: Vec<_> = proxies.iter().map(ToString::to_string).collect();
        let proxies = Proxies::parse(&proxies).unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let connection = SocketAddr::new(connection.parse().unwrap(), 4711);
        proxies.client(connection, &map).to_string()
    }

    #[test]
    fn without_a_trusted_proxy_what_is_forwarded_is_ignored() {
        let headers = [
            ("x-forwarded-for", "198.51.100.1"),
            ("forwarded", "for=198.51.100.1"),
        ];
        assert_eq!(client(&[], "192.0.2.1", &headers), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.1", &headers), "192.0.2.1");
    }

    #[test]
    fn the_client_is_the_last_that_is_no_proxy_of_ours() {
        let ours = ["10.0.0.0/8", "192.0.2.7"];
        for (forwarded, expected) in [
            ("198.51.100.1", "198.51.100.1"),
            ("203.0.113.9, 198.51.100.1", "198.51.100.1"),
            (
                "203.0.113.9, 198.51.100.1, 10.9.9.9,192.0.2.7",
                "198.51.100.1",
            ),
            ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
            ("198.51.100.1:80", "198.51.100.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
            ("198.51.100.1, unknown", "10.0.0.1"),
            ("198.51.100.1, unknown, 10.3.3.3", "10.3.3.3"),
            ("", "10.0.0.1"),
        ] {
            let found = client(&ours, "10.0.0.1", &[("x-forwarded-for", forwarded)]);
            assert_eq!(found, expected, "{forwarded}");
        }
        let lines = [
            ("x-forwarded-for", "203.0.113.9"),
            ("x-forwarded-for", "198.51.100.1"),
        ];
        assert_eq!(client(&ours, "::ffff:10.0.0.1", &lines), "198.51.100.1");
    }

    #[test]
    fn the_standard_header_is_read_too() {
        for (forwarded, expected) in [
            ("for=198.51.100.1;proto=https;by=10.0.0.1", "198.51.100.1"),
            ("for=203.0.113.9, For=\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("for=198.51.100.1, for=10.3.3.3", "198.51.100.1"),
            ("for=198.51.100.1, for=\"_a,b\"", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
        ] {
            let found = client(&["10.0.0.0/8"], "10.0.0.1", &[("forwarded", forwarded)]);
            assert_eq!(found, expected, "{forwarded}");
        }
    }

    #[test]
    fn where_the_headers_disagree_neither_counts() {
        let agree = [
            ("x-forwarded-for", "198.51.100.1"),
            ("forwarded", "for=198.51.100.1"),
        ];
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &agree), "198.51.100.1");
        let disagree = [
            ("x-forwarded-for", "198.51.100.1"),
            ("forwarded", "for=203.0.113.9"),
        ];
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &disagree), "10.0.0.1");
    }

    #[test]
    fn what_is_no_network_is_named() {
        let texts = [
            "10.0.0.0/8".to_owned(),
            "::1".to_owned(),
            "proxy.example".to_owned(),
        ];
        assert_eq!(Proxies::parse(&texts).unwrap_err(), "proxy.example");
        assert!(Proxies::parse(&["10.0.0.0/33".to_owned()]).is_err());
    }
}
