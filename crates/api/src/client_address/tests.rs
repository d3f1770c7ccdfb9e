use axum::http::HeaderValue;

use super::*;

fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn client(trusted: &str, peer: &str, forwarded_for: &[&str]) -> String {
    let proxies: TrustedProxies = trusted.parse().unwrap();
    let headers = headers(X_FORWARDED_FOR, forwarded_for);
    proxies.client_address(peer.parse().unwrap(), &headers).0.to_string()
}

#[test]
fn header_of_an_untrusted_peer_is_ignored() {
    assert_eq!(client("", "192.0.2.1", &["198.51.100.9"]), "192.0.2.1");
    assert_eq!(client("10.0.0.0/8", "192.0.2.1", &["198.51.100.9"]), "192.0.2.1");
}

#[test]
fn client_is_the_last_address_that_no_trusted_proxy_has() {
    let chain = ["203.0.113.66, 198.51.100.9", "10.1.1.1"];
    assert_eq!(client("10.0.0.0/8", "10.0.0.1", &chain), "198.51.100.9");
    assert_eq!(client("10.0.0.1", "10.0.0.1", &chain), "10.1.1.1");
    // The client wrote the first entry itself.
    assert_eq!(client("127.0.0.1", "127.0.0.1", &["10.9.9.9, 198.51.100.9"]), "198.51.100.9");
    // All are proxies: a request from the proxies' own network.
    assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["10.2.2.2, 10.3.3.3"]), "10.2.2.2");
}

#[test]
fn proxy_without_a_usable_entry_is_the_client_itself() {
    assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[]), "10.0.0.1");
    assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["198.51.100.9, unknown"]), "10.0.0.1");
    assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["198.51.100.9,, 10.0.0.2"]), "10.0.0.2");
}

#[test]
fn ports_brackets_and_mapped_addresses_are_understood() {
    for (entry, expected) in [
        ("198.51.100.9:4711", "198.51.100.9"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:198.51.100.9", "198.51.100.9"),
    ] {
        assert_eq!(client("127.0.0.1,::1", "::ffff:127.0.0.1", &[entry]), expected, "{entry}");
    }
}

#[test]
fn only_the_configured_header_counts() {
    let proxies: TrustedProxies = "127.0.0.1".parse().unwrap();
    let peer = "127.0.0.1".parse().unwrap();
    let mut both = headers(X_FORWARDED_FOR, &["198.51.100.1"]);
    let forwarded = "for=203.0.113.5;proto=https, For=\"[2001:db8::7]:44\";by=127.0.0.1";
    both.extend(headers(header::FORWARDED, &[forwarded]));
    assert_eq!(proxies.client_address(peer, &both).0.to_string(), "198.51.100.1");
    let proxies = proxies.with_header(ForwardedHeader::Forwarded);
    assert_eq!(proxies.client_address(peer, &both).0.to_string(), "2001:db8::7");
    let hidden = headers(header::FORWARDED, &["for=_hidden"]);
    assert_eq!(proxies.client_address(peer, &hidden).0, peer);
}

#[test]
fn invalid_list_names_its_entry() {
    for list in ["10.0.0.0/33", "localhost", "10.0.0.1 10.0.0.2"] {
        let error = format!("127.0.0.1,{list}").parse::<TrustedProxies>().unwrap_err();
        assert!(error.to_string().contains(&format!("`{list}`")), "{error}");
    }
    assert_eq!("".parse(), Ok(TrustedProxies::default()));
}

#[test]
fn network_is_an_ipv4_address_or_64_bits() {
    let network = |text: &str| Network::of(text.parse().unwrap()).to_string();
    assert_eq!(network("192.0.2.1"), "192.0.2.1");
    assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
}
