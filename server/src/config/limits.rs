//! The settings that limit clients.

use api::client_address::{ForwardedHeader, TrustedProxies};
use api::limits::LimitSettings;
use clap::{Args, ValueEnum, value_parser};

/// The limits of clients, and the proxies whose header tells clients apart.
#[derive(Clone, Debug, Args)]
pub struct LimitsConfig {
    /// Addresses and networks of your proxies, such as `10.0.0.5,fd00::/8`. Their header with the client's
    /// address counts; without this, all clients of a proxy share their limits.
    #[arg(long, env, default_value = "", hide_default_value = true)]
    pub trusted_proxies: TrustedProxies,

    /// The header to which your proxies append the address of the client.
    #[arg(long, env, value_enum, default_value_t)]
    pub forwarded_header: HeaderName,

    /// Changes to how much a client may do, such as `sign-in-by-address=500/10m`. `docs/operations.md`
    /// lists the limits and their defaults.
    #[arg(long, env, default_value = "", hide_default_value = true)]
    pub limits: LimitSettings,

    /// How many connections a client's address may have open. Trusted proxies may have any number.
    #[arg(long, env, default_value_t = 1000, value_parser = value_parser!(u32).range(1..))]
    pub max_connections_per_address: u32,
}

impl LimitsConfig {
    /// Returns the trusted proxies with their header.
    #[must_use]
    pub fn proxies(&self) -> TrustedProxies {
        self.trusted_proxies.clone().with_header(match self.forwarded_header {
            HeaderName::XForwardedFor => ForwardedHeader::XForwardedFor,
            HeaderName::Forwarded => ForwardedHeader::Forwarded,
        })
    }
}

/// The header of proxies that is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum HeaderName {
    /// `X-Forwarded-For`
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239)
    Forwarded,
}
