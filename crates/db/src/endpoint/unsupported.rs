//! Settings of libpq that Tributary refuses, because sqlx or the replication client can't honour them.

/// A parameter of libpq that isn't supported, and the environment variable with the same meaning.
struct Unsupported {
    parameter: &'static str,
    /// Empty if there is none.
    variable: &'static str,
    /// The values that ask for nothing: they say what happens anyway.
    harmless: &'static [&'static str],
}

const fn unsupported(
    parameter: &'static str,
    variable: &'static str,
    harmless: &'static [&'static str],
) -> Unsupported {
    Unsupported { parameter, variable, harmless }
}

/// From chapters 32.1.2 and 32.15 of Postgres' manual. Parameters that only add to what a session says about
/// itself, such as `application_name`, aren't known at all.
const UNSUPPORTED: &[Unsupported] = &[
    unsupported("hostaddr", "PGHOSTADDR", &[]),
    unsupported("passfile", "", &[]),
    unsupported("service", "PGSERVICE", &[]),
    unsupported("options", "", &[]),
    unsupported("require_auth", "PGREQUIREAUTH", &[]),
    unsupported("requirepeer", "PGREQUIREPEER", &[]),
    unsupported("channel_binding", "PGCHANNELBINDING", &["disable", "prefer"]),
    unsupported("gssencmode", "PGGSSENCMODE", &["disable", "prefer"]),
    unsupported("krbsrvname", "PGKRBSRVNAME", &["postgres"]),
    unsupported("requiressl", "PGREQUIRESSL", &["0"]),
    unsupported("sslnegotiation", "PGSSLNEGOTIATION", &["postgres"]),
    unsupported("sslcompression", "PGSSLCOMPRESSION", &["0"]),
    unsupported("sslcertmode", "PGSSLCERTMODE", &["allow"]),
    unsupported("sslpassword", "", &[]),
    unsupported("sslcrl", "PGSSLCRL", &[]),
    unsupported("sslcrldir", "PGSSLCRLDIR", &[]),
    unsupported("sslsni", "PGSSLSNI", &["1"]),
    // rustls speaks TLS 1.2 and 1.3.
    unsupported(
        "ssl_min_protocol_version",
        "PGSSLMINPROTOCOLVERSION",
        &["TLSv1", "TLSv1.1", "TLSv1.2"],
    ),
    unsupported("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION", &["TLSv1.3"]),
    unsupported("target_session_attrs", "PGTARGETSESSIONATTRS", &["any", "read-write", "primary"]),
    unsupported("load_balance_hosts", "PGLOADBALANCEHOSTS", &["disable"]),
];

/// The treatment of a parameter of a URL.
pub(super) enum Verdict {
    /// It says what happens anyway.
    Harmless,
    /// libpq knows it, and it can't be honoured.
    Unsupported(&'static str),
    /// Nobody knows it.
    Unknown,
}

/// Judges a parameter that isn't one of those that are honoured.
pub(super) fn judge(name: &str, value: &str) -> Verdict {
    match UNSUPPORTED.iter().find(|setting| setting.parameter == name) {
        Some(setting) if value.is_empty() || setting.harmless.contains(&value) => Verdict::Harmless,
        Some(setting) => Verdict::Unsupported(setting.parameter),
        None => Verdict::Unknown,
    }
}

/// Returns the first variable that asks for something that can't be honoured. Of the others, those that are in
/// no list change nothing that matters, and are ignored.
pub(super) fn unsupported_variable(
    variable: &dyn Fn(&str) -> Option<String>,
) -> Option<&'static str> {
    let with_variable = UNSUPPORTED.iter().filter(|setting| !setting.variable.is_empty());
    with_variable
        .filter(|setting| {
            variable(setting.variable).is_some_and(|value| {
                !value.is_empty() && !setting.harmless.contains(&value.as_str())
            })
        })
        .map(|setting| setting.variable)
        .next()
}
