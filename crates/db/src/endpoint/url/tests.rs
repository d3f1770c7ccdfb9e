use super::*;

/// Parses with these variables in the environment.
fn parse_with(url: &str, variables: &[(&str, &str)]) -> Result<Endpoint, InvalidEndpoint> {
    let value = |name: &str| {
        variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
    };
    parse("DATABASE_URL", url, &value)
}

fn tcp(host: &str, port: u16, user: &str, password: Option<&str>, database: &str) -> Endpoint {
    let mode = if is_loopback(host) { TlsMode::Disabled } else { TlsMode::Required };
    Endpoint {
        source: EndpointSource::Setting("DATABASE_URL"),
        host: Host::Tcp(host.to_owned()),
        port,
        user: user.to_owned(),
        password: password.map(str::to_owned),
        database: database.to_owned(),
        tls: Tls { mode, client: None },
    }
}

fn mode(url: &str, variables: &[(&str, &str)]) -> TlsMode {
    parse_with(url, variables).unwrap().tls.mode
}

#[test]
fn missing_parts_of_a_url_have_defaults() {
    for (url, endpoint) in [
        ("postgres://ada@db", tcp("db", 5432, "ada", None, "ada")),
        ("postgresql://ada:pw@db:6000/x", tcp("db", 6000, "ada", Some("pw"), "x")),
        ("postgres://a%40b:p%2Fw%3A@[::1]:1/x%20y", tcp("::1", 1, "a@b", Some("p/w:"), "x y")),
        ("postgres://ada@/x", tcp("localhost", 5432, "ada", None, "x")),
        ("postgres://ada@db/x?port=7&target_session_attrs=any", tcp("db", 7, "ada", None, "x")),
        ("postgres://", tcp("localhost", 5432, "postgres", None, "postgres")),
    ] {
        assert!(parse_with(url, &[]) == Ok(endpoint), "{url}");
    }
}

#[test]
fn variables_of_libpq_fill_what_the_url_leaves_out() {
    let variables = [
        ("PGHOST", "db"),
        ("PGPORT", "6000"),
        ("PGUSER", "ada"),
        ("PGPASSWORD", "pw"),
        ("PGDATABASE", "x"),
        ("USER", "root"),
    ];
    let from_variables = parse_with("postgres://", &variables).unwrap();
    assert!(from_variables == tcp("db", 6000, "ada", Some("pw"), "x"));
    let url = "postgres://bob:secret@other:1/y";
    assert!(parse_with(url, &variables) == Ok(tcp("other", 1, "bob", Some("secret"), "y")));
    assert!(parse_with("postgres://", &[("USER", "eve"), ("PGHOST", "")]).unwrap().user == "eve");
    assert_eq!(parse_with("postgres://db/x", &[("PGPORT", "five")]), Err(Port));
}

#[test]
fn host_that_is_a_path_is_a_socket() {
    let socket = Host::Socket("/run/postgresql".into());
    for url in ["postgres://ada@%2Frun%2Fpostgresql/x", "postgres:///x?host=/run/postgresql"] {
        let endpoint = parse_with(url, &[("PGSSLMODE", "require")]).unwrap();
        assert_eq!((&endpoint.host, endpoint.database.as_str()), (&socket, "x"), "{url}");
        assert!(endpoint.tls == Tls::DISABLED, "as with libpq, the variable doesn't count");
    }
}

#[test]
fn encryption_is_required_of_other_machines_unless_something_else_is_said() {
    use TlsMode::{Disabled, Preferred, Required, Verified};
    for local in ["localhost", "127.0.0.1", "[::1]", "127.8.9.10"] {
        assert!(mode(&format!("postgres://{local}/x"), &[]) == Disabled, "{local}");
    }
    let file = || Verified(Roots::File("/ca.pem".into()));
    for (query, variables, expected) in [
        ("", &[][..], Required),
        ("?sslmode=disable", &[], Disabled),
        ("?sslmode=prefer", &[], Preferred),
        ("?sslmode=require", &[], Required),
        ("?sslmode=verify-full", &[], Verified(Roots::Mozilla)),
        ("?sslmode=verify-full&sslrootcert=/ca.pem", &[], file()),
        ("?sslrootcert=/ca.pem", &[], file()),
        ("", &[("PGSSLMODE", "prefer")], Preferred),
        ("", &[("PGSSLROOTCERT", "/ca.pem")], file()),
        ("?sslmode=verify-full", &[("PGSSLMODE", "disable"), ("PGSSLROOTCERT", "/ca.pem")], file()),
        ("?sslmode=disable", &[("PGSSLROOTCERT", "/ca.pem"), ("PGSSLCERT", "/c")], Disabled),
    ] {
        assert!(mode(&format!("postgres://db/x{query}"), variables) == expected, "{query}");
    }
    let url = "postgres://db/x?sslcert=/c.pem&sslkey=/k.pem";
    let client = ClientCertificate { certificate: "/c.pem".into(), key: "/k.pem".into() };
    assert!(parse_with(url, &[]).unwrap().tls.client == Some(client));
}

#[test]
fn unsupported_urls_are_refused() {
    for (url, error) in [
        ("", Malformed),
        ("mysql://db/x", Malformed),
        ("postgres://db:port/x", Port),
        ("postgres://db:0/x", Port),
        ("postgres://[::1/x", Malformed),
        ("postgres://%zz@db/x", Malformed),
        ("postgres://one,two/x", SeveralHosts),
        ("postgres://db/x?pgbouncer=true", UnknownParameter),
        ("postgres://db/x?channel_binding=require", Unsupported("channel_binding")),
        ("postgres://db/x?sslcrl=/crl.pem", Unsupported("sslcrl")),
        ("postgres://db/x?sslmode=strict", UnknownMode("sslmode")),
        ("postgres://db/x?sslmode=allow", Allow("sslmode")),
        ("postgres://db/x?sslmode=verify-ca&sslrootcert=/ca.pem", VerifyCa("sslmode")),
        ("postgres://db/x?sslmode=require&sslrootcert=/c", RootsWithoutVerification("sslrootcert")),
        (
            "postgres://localhost/x?sslmode=disable&sslrootcert=/c",
            RootsWithoutVerification("sslrootcert"),
        ),
        ("postgres://db/x?sslrootcert=system", SystemRoots("sslrootcert")),
        ("postgres:///x?host=/run&sslmode=require", TlsOverSocket("sslmode")),
        ("postgres:///x?host=/run&sslrootcert=/ca.pem", TlsOverSocket("sslrootcert")),
        ("postgres://db/x?sslcert=/c.pem", HalfClientCertificate),
    ] {
        assert_eq!(parse_with(url, &[]).err(), Some(error), "{url}");
    }
}

#[test]
fn variables_that_only_one_connection_would_honour_are_refused() {
    let refused = |name, value| parse_with("postgres://db/x", &[(name, value)]).err();
    for name in [
        "PGHOSTADDR",
        "PGSERVICE",
        "PGPASSFILE",
        "PGREQUIREAUTH",
        "PGREQUIREPEER",
        "PGSSLCRL",
        "PGSSLCRLDIR",
    ] {
        assert_eq!(refused(name, "something"), Some(Unsupported(name)));
        assert_eq!(refused(name, ""), None, "an empty {name} counts as unset");
    }
    for (name, harmless, refusal) in [
        ("PGCHANNELBINDING", "prefer", "require"),
        ("PGGSSENCMODE", "disable", "require"),
        ("PGSSLNEGOTIATION", "postgres", "direct"),
        ("PGSSLMINPROTOCOLVERSION", "TLSv1.2", "TLSv1.3"),
        ("PGTARGETSESSIONATTRS", "primary", "standby"),
    ] {
        assert_eq!(refused(name, harmless), None, "{name}={harmless}");
        assert_eq!(refused(name, refusal), Some(Unsupported(name)));
    }
    assert_eq!(refused("PGSSLMODE", "verify-ca"), Some(VerifyCa("PGSSLMODE")));
    assert_eq!(refused("PGSSLCERT", "/c.pem"), Some(HalfClientCertificate));
    let with_password = parse_with("postgres://a:b@db/x", &[("PGPASSFILE", "/pass")]);
    assert!(with_password.is_ok(), "the file isn't needed");
}

/// Each part is a word of its own, so that a text that has any of it is found.
#[test]
fn nothing_of_a_url_is_printed() {
    let parts = ["zuser", "zpass", "zhost", "6543", "zbase", "zmode", "zfile", "zother"];
    for url in [
        "postgres://zuser:zpass@zhost:6543/zbase?sslmode=zmode",
        "postgres://zuser:zpass@zhost:6543/zbase?sslmode=verify-full&sslrootcert=/zfile",
        "postgres://zuser:zpass@zhost:6543/zbase?sslmode=require&sslrootcert=/zfile",
        "postgres://zuser:zpass@zhost:zpass/zbase",
        "postgres://zuser:zpass?zother=zpass@zhost:6543/zbase",
        "postgres://zuser:zpass@zhost,zother:6543/zbase",
        "postgres://zuser:zpass@zhost/zbase?zother=zpass",
        "postgres://zuser:zpass@zhost/zbase?sslcert=zfile",
        "postgres://zuser:zpass@zhost/zbase?options=zother",
        "postgres://zuser:%zpass@zhost/zbase",
        "zuser:zpass@zhost/zbase",
        "mysql://zuser:zpass@zhost/zbase",
    ] {
        let text = match parse_with(url, &[]) {
            Ok(endpoint) => format!("{endpoint} {endpoint:?} {:?} {}", endpoint.tls, endpoint.tls),
            Err(error) => format!("{error} {error:?}"),
        };
        for part in parts {
            assert!(!text.contains(part), "{text} has {part} of {url}");
        }
    }
}
