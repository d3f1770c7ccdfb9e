//! `tributary check`: everything that a start depends on, without starting.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use db::roles::RoleProperties;
use db::{CheckedServer, DatabaseError, RoleUse, requirements};
use mail::Mailer;
use private_postgres::SystemUser;
use tracing_subscriber::EnvFilter;

use crate::config::{Config, DatabaseConfig, OtlpConfig};
use crate::database::OpenError;
use crate::monitoring::DetailsAccess;
use crate::opened_by_root::PrivilegedSockets;
use crate::privileges::Opened;
use crate::telemetry::otlp;
use crate::{exposure, open_files, private_cluster};

/// One check and its result.
#[derive(Debug)]
pub struct Check {
    /// The subject of the check.
    pub subject: &'static str,
    /// The finding, or the problem and its remedy.
    pub result: Result<String, String>,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.result {
            Ok(found) => write!(f, "ok      {}: {found}", self.subject),
            Err(problem) => write!(f, "failed  {}: {problem}", self.subject),
        }
    }
}

/// Checks the configuration, the database, the address and the limits. All of them, whatever fails.
pub async fn run(config: &Config, opened: Opened) -> Vec<Check> {
    let (database, roles) = match check_database(&config.database).await {
        Ok((database, roles)) => (Ok(database), Ok(roles)),
        Err(error) => (Err(error), Ok("unknown".to_owned())),
    };
    let site_root = opened.site_root(config);
    let mut sockets = opened.sockets;
    let user = opened.user.as_ref().map(SystemUser::name);
    vec![
        Check { subject: "user", result: Ok(describe_user(user)) },
        Check { subject: "database", result: database },
        Check { subject: "roles", result: roles },
        Check {
            subject: "address",
            result: check_address("ADDRESS", config.address, &mut sockets),
        },
        Check { subject: "monitoring", result: check_admin_address(config, &mut sockets) },
        Check { subject: "protection", result: check_exposure(config) },
        Check { subject: "mail", result: check_mail(config) },
        Check { subject: "OpenID provider", result: check_oidc(config) },
        Check { subject: "site", result: check_site(config, &site_root) },
        Check { subject: "log filter", result: check_log_filter() },
        Check { subject: "spans", result: check_spans(&config.otlp) },
        Check { subject: "open files", result: check_open_files() },
    ]
}

/// Checks the database and the roles. Returns one finding for each.
async fn check_database(config: &DatabaseConfig) -> Result<(String, String), String> {
    let check = async {
        let Some(runtime) = config.endpoint()? else {
            let major = private_cluster::check(config)?;
            let database = format!("a private Postgres {major} in {}", config.data_dir.display());
            return Ok((database, "an owner for migrations, and one that owns nothing".to_owned()));
        };
        let owner = config.owner_endpoint().map_err(OpenError::OwnerUrl)?;
        let role_use = if owner.is_some() { RoleUse::Runtime } else { RoleUse::Everything };
        let runtime = requirements::check(&runtime, role_use).await?;
        let roles = describe_role(runtime.role_properties);
        if let Some(owner) = owner {
            let owner = requirements::check(&owner, RoleUse::Owner).await?;
            if !owner.is_same_database(&runtime) {
                let (owner, runtime) = (Box::new(owner.endpoint), Box::new(runtime.endpoint));
                return Err(DatabaseError::OtherDatabase { owner, runtime }.into());
            }
        }
        let CheckedServer { endpoint, allowed_connections, .. } = runtime;
        let tls = &endpoint.tls;
        let database = format!("{endpoint}, {tls}; up to {allowed_connections} connections");
        Ok::<_, OpenError>((database, roles))
    };
    check.await.map_err(|error| error.to_string())
}

/// Describes the role. More rights than needed aren't a failure: small installations have one role.
fn describe_role(role: RoleProperties) -> String {
    let has = match role {
        RoleProperties { is_superuser: true, .. } => "is a superuser",
        RoleProperties { owns_tables: true, .. } => "owns the tables",
        RoleProperties { is_monitor: false, .. } => {
            return "the role of DATABASE_URL isn't a member of pg_monitor, so waits for other roles are \
                    reported without a reason"
                .to_owned();
        }
        _ => return "the role of DATABASE_URL is no superuser and owns no table".to_owned(),
    };
    format!(
        "the role of DATABASE_URL {has}, and so would an attacker who takes over the server; it needn't with \
         DATABASE_OWNER_URL (docs/operations.md, \"Two roles\")"
    )
}

fn describe_user(instead_of_root: Option<&str>) -> String {
    match instead_of_root {
        Some(user) => format!("{user}, as whom the server runs when root starts it"),
        None => "the one who starts the server".to_owned(),
    }
}

fn check_address(
    setting: &str,
    address: SocketAddr,
    sockets: &mut PrivilegedSockets,
) -> Result<String, String> {
    match sockets.listen(address) {
        Ok(_) => Ok(address.to_string()),
        Err(error) => Err(format!(
            "can't listen on {address}: {error}; stop what listens there or set {setting} to another \
             address"
        )),
    }
}

fn check_admin_address(config: &Config, sockets: &mut PrivilegedSockets) -> Result<String, String> {
    if let Some(address) = config.admin_address {
        return check_address("ADMIN_ADDRESS", address, sockets);
    }
    Ok(match DetailsAccess::of_main_listener(config) {
        DetailsAccess::ThisMachine => format!("this machine asks {}", config.address),
        DetailsAccess::Nobody => "nobody reads metrics; set ADMIN_ADDRESS to serve them".to_owned(),
    })
}

fn check_exposure(config: &Config) -> Result<String, String> {
    exposure::check(config).map_err(|error| error.to_string())?;
    Ok(match (exposure::is_exposed(config), config.is_secure()) {
        (false, _) => "only this machine reaches the server".to_owned(),
        (true, true) => "other machines reach the server over https".to_owned(),
        (true, false) => "plain HTTP to other machines, as ALLOW_PLAIN_HTTP says".to_owned(),
    })
}

fn check_mail(config: &Config) -> Result<String, String> {
    match config.mailer() {
        Ok(Mailer::Smtp(_)) => Ok("sent to the mail server in SMTP_URL".to_owned()),
        Ok(Mailer::Folder(folder)) => Ok(format!("written to {}", folder.path().display())),
        Err(error) => Err(format!("SMTP_URL is invalid: {error}")),
    }
}

/// Whether the provider answers doesn't matter: the server starts without it.
fn check_oidc(config: &Config) -> Result<String, String> {
    match config.oidc_settings() {
        Ok(Some(settings)) => Ok(format!("people can sign in with {}", settings.name)),
        Ok(None) => Ok("not used".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn check_site(config: &Config, site_root: &Path) -> Result<String, String> {
    match site_root.join("pkg").is_dir() {
        true => Ok(config.site_root.display().to_string()),
        false => Err(format!(
            "there is no built site in {}; set LEPTOS_SITE_ROOT to the folder `site` of the release",
            config.site_root.display()
        )),
    }
}

fn check_log_filter() -> Result<String, String> {
    let setting = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    match EnvFilter::try_new(&setting) {
        Ok(filter) => Ok(filter.to_string()),
        Err(error) => Err(format!("RUST_LOG is invalid ({error})")),
    }
}

/// Whether the collector answers doesn't matter: the server starts without it.
fn check_spans(config: &OtlpConfig) -> Result<String, String> {
    let Some(endpoint) = config.traces_endpoint() else { return Ok("not exported".to_owned()) };
    match otlp::exporter(endpoint.clone()) {
        Ok(_) => Ok(format!("exported to {endpoint}")),
        Err(error) => Err(format!("{error}; see the variables OTEL_EXPORTER_OTLP_*")),
    }
}

/// Checks the limit of open files. A low limit isn't a failure: a small installation has few streams.
fn check_open_files() -> Result<String, String> {
    match open_files::raise_limit() {
        None => Ok("not limited".to_owned()),
        Some(limit) if limit < open_files::RECOMMENDED => Ok(format!(
            "{limit}; each stream needs one, so raise the limit (ulimit -n) for more than a few hundred \
             people"
        )),
        Some(limit) => Ok(limit.to_string()),
    }
}
