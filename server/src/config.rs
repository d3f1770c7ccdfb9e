//! The configuration, from flags and environment variables. Every setting has a default.

mod command_line;
mod database;
pub mod limits;
mod mail;
mod oidc;
mod otlp;
mod secret;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum, value_parser};
use http::Uri;

pub use self::command_line::{Action, CommandLine, CreateAdmin, ResetPassword, SignOut};
pub use self::database::DatabaseConfig;
use self::limits::LimitsConfig;
pub use self::mail::{MAIL_FOLDER, MailConfig};
pub use self::oidc::OidcConfig;
pub use self::otlp::OtlpConfig;
pub use self::secret::{SecretText, SecretUrl};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The settings of the server.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// Address and port to listen on. Port 0 picks a free port.
    #[arg(long, env, default_value = "127.0.0.1:3000", value_parser = parse_address)]
    pub address: SocketAddr,

    /// Address and port for monitoring: `/metrics`, and `/readyz` with its reasons. Plain HTTP, so choose an
    /// address that only your monitoring reaches. Without it, a server that only this machine reaches serves
    /// both on its address, and any other server nowhere.
    #[arg(long, env, value_parser = parse_address)]
    pub admin_address: Option<SocketAddr>,

    /// The database to use.
    #[command(flatten)]
    pub database: DatabaseConfig,

    /// Address that people open, such as `https://tributary.example.com`, if it differs from the
    /// address that the server listens on. With https, cookies are sent over https only.
    #[arg(long, env, value_parser = parse_public_url)]
    pub public_url: Option<String>,

    /// When root starts the server: the user as which it then runs, by name or number. By default the owner of
    /// the data folder, or `postgres`, or `nobody`.
    #[arg(long, env)]
    pub run_as_user: Option<String>,

    /// The limits of clients.
    #[command(flatten)]
    pub limits: LimitsConfig,

    /// Serve plain HTTP to other machines. Passwords then cross the network in clear, so it is refused
    /// otherwise. Not needed behind a proxy with TLS, whose https:// address is `PUBLIC_URL`.
    #[arg(long, env, value_parser = BoolishValueParser::new())]
    pub allow_plain_http: bool,

    /// How mail is sent.
    #[command(flatten)]
    pub mail: MailConfig,

    /// The OpenID provider with which people can sign in.
    #[command(flatten)]
    pub oidc: OidcConfig,

    /// Fill an empty database with a demo workspace and print its accounts. Their password is published,
    /// so only this machine may reach the server.
    #[arg(long, env, value_parser = BoolishValueParser::new())]
    pub demo: bool,

    /// Days to keep the activity log. A browser that was away for longer reloads its data instead
    /// of catching up.
    #[arg(long, env, default_value_t = 30, value_parser = value_parser!(u32).range(1..=3650))]
    pub retention_days: u32,

    /// Megabytes of memory for the latest activities. Browsers whose last activity is among them catch up
    /// without the database, such as after a restart.
    #[arg(long, env, default_value_t = 64, value_parser = value_parser!(u32).range(0..=65_536))]
    pub hot_tail_megabytes: u32,

    /// Folder with the built site: styles, scripts and WebAssembly. By default `site` beside this program, as
    /// in a release; `target/site` where there is none.
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value_os_t = default_site_root())]
    pub site_root: PathBuf,

    /// Format of the log lines. Set `RUST_LOG` to choose what is logged.
    #[arg(long, env, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// The collector that spans are sent to, if any.
    #[command(flatten)]
    pub otlp: OtlpConfig,
}

impl Config {
    /// Returns how long activities stay in the log.
    #[must_use]
    pub fn retention(&self) -> Duration {
        DAY * self.retention_days
    }

    /// Returns the limits and intervals of streams.
    #[must_use]
    pub fn streams(&self) -> stream::Settings {
        let megabytes = usize::try_from(self.hot_tail_megabytes).unwrap_or(usize::MAX);
        let hot_tail_bytes = megabytes.saturating_mul(1 << 20);
        stream::Settings { hot_tail_bytes, ..stream::Settings::default() }
    }

    /// Whether the server is reached over https only.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Readable text.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

fn parse_address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "enter an IP address and a port, such as 127.0.0.1:3000")
}

fn parse_public_url(text: &str) -> Result<String, &'static str> {
    const EXPECTED: &str = "enter http:// or https:// and a host, without a path, such as https://tributary.example.com";
    let uri: Uri = text.parse().map_err(|_| EXPECTED)?;
    let known_scheme = matches!(uri.scheme_str(), Some("http" | "https"));
    if !known_scheme || uri.path() != "/" || uri.query().is_some() {
        return Err(EXPECTED);
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn default_site_root() -> PathBuf {
    let program = std::env::current_exe().ok();
    program.as_deref().and_then(site_folder_beside).unwrap_or_else(|| PathBuf::from("target/site"))
}

/// Returns the folder `site` beside the program, if there is one.
fn site_folder_beside(program: &Path) -> Option<PathBuf> {
    Some(program.parent()?.join("site")).filter(|site| site.is_dir())
}

#[cfg(test)]
mod tests {
    use ::mail::Mailer;
    use api::limits::LimitSettings;
    use clap::{CommandFactory, Parser};

    use super::*;

    fn parse(arguments: &[&str]) -> Result<Config, String> {
        let arguments = ["tributary"].iter().chain(arguments);
        let parsed = CommandLine::try_parse_from(arguments);
        parsed.map(|line| line.config).map_err(|error| error.to_string())
    }

    #[test]
    fn command_line_definition_is_valid() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn invalid_address_is_refused_with_an_example() {
        let error = parse(&["--address", "localhost"]).unwrap_err();
        assert!(error.contains("such as 127.0.0.1:3000"), "{error}");
    }

    #[test]
    fn public_url_is_a_scheme_and_a_host() {
        for bad in ["tributary.example.com", "ftp://example.com", "https://example.com/app", ""] {
            assert!(parse(&["--public-url", bad]).is_err(), "{bad:?}");
        }
        let config = parse(&["--public-url", "https://example.com/"]).unwrap();
        assert_eq!(config.public_url.as_deref(), Some("https://example.com"));
        assert!(config.is_secure());
        assert!(!parse(&["--public-url", "http://example.com"]).unwrap().is_secure());
    }

    #[test]
    fn collector_is_an_http_address_and_gets_the_path_of_traces() {
        let config = |arguments: &[&str]| parse(arguments).unwrap().otlp;
        assert_eq!(config(&[]).traces_endpoint(), None);
        let base = ["--otlp-endpoint", "http://collector:4318/"];
        assert_eq!(
            config(&base).traces_endpoint().as_deref(),
            Some("http://collector:4318/v1/traces")
        );
        let full = [&base[..], &["--otlp-traces-endpoint", "http://other/x"]].concat();
        assert_eq!(config(&full).traces_endpoint().as_deref(), Some("http://other/x"));
        for (bad, advice) in
            [("https://collector", "forwards over https"), ("collector", "http://")]
        {
            let error = parse(&["--otlp-endpoint", bad]).unwrap_err();
            assert!(error.contains(advice), "{error}");
        }
    }

    #[test]
    fn limits_and_proxies_are_parsed_and_refused_with_an_example() {
        let config = parse(&["--trusted-proxies", "10.0.0.0/8, ::1"]).unwrap();
        assert!(config.limits.proxies().contains("10.1.2.3".parse().unwrap()));
        let default = parse(&[]).unwrap().limits;
        assert!(!default.proxies().contains("127.0.0.1".parse().unwrap()), "nobody is trusted");
        assert_eq!(default.limits, LimitSettings::default());
        assert_eq!(default.max_connections_per_address, 1000);
        assert!(parse(&["--limits", "all=5/1s", "--forwarded-header", "forwarded"]).is_ok());
        for (flag, value, example) in [
            ("--trusted-proxies", "localhost", "such as 10.0.0.5"),
            ("--limits", "sign-in=5", "such as 100/10m"),
            ("--forwarded-header", "via", "x-forwarded-for"),
            ("--max-connections-per-address", "0", "1.."),
        ] {
            let error = parse(&[flag, value]).unwrap_err();
            assert!(error.contains(example), "{error}");
        }
    }

    #[test]
    fn hot_tail_has_the_configured_size() {
        assert_eq!(parse(&[]).unwrap().streams().hot_tail_bytes, 64 << 20);
        let small = parse(&["--hot-tail-megabytes", "1"]).unwrap();
        assert_eq!(small.streams().hot_tail_bytes, 1 << 20);
        assert!(parse(&["--hot-tail-megabytes", "65537"]).is_err());
    }

    #[test]
    fn site_folder_beside_the_program_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (program, site) = (folder.path().join("tributary"), folder.path().join("site"));
        assert_eq!(site_folder_beside(&program), None);
        std::fs::create_dir(&site).unwrap();
        assert_eq!(site_folder_beside(&program), Some(site));
    }

    #[test]
    fn password_in_the_database_url_is_never_printed() {
        let config = parse(&["--database-url", "postgres://ada:s3cret@db.example/x"]).unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
    }

    #[test]
    fn openid_provider_needs_all_of_its_settings() {
        assert!(parse(&[]).unwrap().oidc_settings().unwrap().is_none());
        let complete = [
            "--oidc-issuer",
            "https://accounts.example.com",
            "--oidc-client-id",
            "tributary",
            "--oidc-client-secret",
            "s3cret",
            "--public-url",
            "https://tributary.example.com",
        ];
        let config = parse(&complete).unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
        let settings = config.oidc_settings().unwrap().unwrap();
        assert_eq!(settings.name.as_str(), "accounts.example.com");
        let error = parse(&complete[..6]).unwrap().oidc_settings().unwrap_err();
        assert!(error.to_string().contains("PUBLIC_URL"), "{error}");
        let error = parse(&complete[2..]).unwrap().oidc_settings().unwrap_err();
        assert!(error.to_string().contains("OIDC_ISSUER"), "{error}");
    }

    #[test]
    fn mail_goes_to_a_folder_unless_there_is_a_mail_server() {
        let Mailer::Folder(folder) = parse(&["--data-dir", "/data"]).unwrap().mailer().unwrap()
        else {
            panic!("no folder");
        };
        assert_eq!(folder.path(), Path::new("/data/mail"));
        let server =
            ["--smtp-url", "smtps://ada:s3cret@mail.example", "--mail-from", "a@b.example"];
        let config = parse(&server).unwrap();
        assert!(matches!(config.mailer().unwrap(), Mailer::Smtp(_)));
        assert!(!format!("{config:?}").contains("s3cret"));
        let error = parse(&server[..2]).unwrap_err();
        assert!(error.contains("--mail-from") && !error.contains("s3cret"), "{error}");
        let invalid = ["--smtp-url", "mail.example", "--mail-from", "a@b.example"];
        assert!(parse(&invalid).unwrap().mailer().is_err());
    }
}
