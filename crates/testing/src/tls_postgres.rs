//! A Postgres that listens on TCP with TLS, as a server elsewhere does.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use private_postgres::Cluster;
use private_postgres::testing::Sandbox;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tempfile::TempDir;

use crate::{cluster_options, endpoint, eventually};
use db::Endpoint;
use db::requirements::SERVER_SETTINGS;

/// The role that connects with a password.
const ROLE: &str = "zrole";
/// The role that connects with a certificate.
const CERTIFIED_ROLE: &str = "certified";
const PASSWORD: &str = "zpassword";
const DATABASE: &str = "zdatabase";

/// Over TCP, TLS is required: of one role with a certificate, of the others with a password.
const RULES: &str = "
local all all trust
hostssl all certified 127.0.0.1/32 cert
hostssl all all 127.0.0.1/32 scram-sha-256
";

/// Postgres with a certificate of an authority of its own. Roles and database have names that appear nowhere
/// else, so that a text in which one of them is found was made from the URL.
pub struct TlsPostgres {
    // Dropped in this order: Postgres before its data.
    process: Child,
    authority: CertifiedIssuer<'static, KeyPair>,
    files: TempDir,
    pgdata: PathBuf,
    port: u16,
    _sandbox: Sandbox,
}

impl TlsPostgres {
    /// Starts it with a certificate for `localhost` and `127.0.0.1`, and an empty database.
    pub async fn start() -> Self {
        let sandbox = Sandbox::new();
        let cluster = Cluster::start(&cluster_options(&sandbox)).await.unwrap();
        let admin = endpoint(&cluster, "postgres");
        let mut connection = admin.connect_options().connect().await.unwrap();
        let set_up = format!(
            "create role {ROLE} superuser login password '{PASSWORD}';
             create role {CERTIFIED_ROLE} superuser login"
        );
        run(&mut connection, &set_up).await;
        run(&mut connection, &format!("create database {DATABASE}")).await;
        let programs: String =
            sqlx::query_scalar("select setting from pg_config where name = 'BINDIR'")
                .fetch_one(&mut connection)
                .await
                .unwrap();
        connection.close().await.unwrap();
        cluster.stop().await.unwrap();

        let pgdata = sandbox.data_dir().join("postgres");
        let files = TempDir::new().unwrap();
        fs::set_permissions(files.path(), Permissions::from_mode(0o755)).unwrap();
        let authority = new_authority();
        fs::write(files.path().join("root.crt"), authority.pem()).unwrap();
        fs::write(files.path().join("other-root.crt"), new_authority().pem()).unwrap();
        fs::write(pgdata.join("pg_hba.conf"), RULES).unwrap();
        issue(&authority, server_certificate(&["localhost", "127.0.0.1"]), &pgdata.join("server"));
        issue(&authority, client_certificate(CERTIFIED_ROLE), &files.path().join("client"));

        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let process = spawn(Path::new(&programs), &pgdata, files.path(), port);
        let started = Self { process, authority, files, pgdata, port, _sandbox: sandbox };
        let admin = started.admin();
        eventually("Postgres accepts connections", async || {
            admin.connect_options().connect().await.is_ok()
        })
        .await;
        started
    }

    /// The URL of the database at that host, with these parameters.
    pub fn url(&self, host: &str, parameters: &str) -> String {
        format!("postgres://{ROLE}:{PASSWORD}@{host}:{}/{DATABASE}{parameters}", self.port)
    }

    /// The URL for the role that has a certificate.
    pub fn url_with_certificate(&self) -> String {
        let Self { port, .. } = self;
        let (root, certificate, key) =
            (self.root(), self.file("client.crt"), self.file("client.key"));
        format!(
            "postgres://{CERTIFIED_ROLE}@localhost:{port}/{DATABASE}?sslrootcert={root}&sslcert={certificate}\
             &sslkey={key}"
        )
    }

    /// The parts of its URLs, of which no text may have any.
    pub fn secrets(&self) -> [String; 4] {
        [ROLE.to_owned(), PASSWORD.to_owned(), DATABASE.to_owned(), self.port.to_string()]
    }

    /// The file with the certificate of its authority.
    pub fn root(&self) -> String {
        self.file("root.crt")
    }

    /// The file with the certificate of an authority that it doesn't know.
    pub fn other_root(&self) -> String {
        self.file("other-root.crt")
    }

    fn file(&self, name: &str) -> String {
        self.files.path().join(name).display().to_string()
    }

    /// As the superuser, over the socket.
    pub fn admin(&self) -> Endpoint {
        Endpoint::private(self.pgdata.clone(), self.port, "tributary".to_owned(), "postgres")
    }

    /// Runs statements as the superuser, each in a transaction of its own.
    pub async fn execute(&self, statements: &[&str]) {
        let mut connection = self.admin().connect_options().connect().await.unwrap();
        for statement in statements {
            run(&mut connection, statement).await;
        }
        connection.close().await.unwrap();
    }

    /// Gives it a certificate for other names.
    pub async fn present(&self, names: &[&str]) {
        issue(&self.authority, server_certificate(names), &self.pgdata.join("server"));
        self.execute(&["select pg_reload_conf()"]).await;
    }

    /// Turns TLS off, and lets passwords cross the network in clear.
    pub async fn turn_tls_off(&self) {
        let rules = RULES.replace("hostssl", "host").replace(" cert\n", " scram-sha-256\n");
        fs::write(self.pgdata.join("pg_hba.conf"), rules).unwrap();
        self.execute(&["alter system set ssl = off", "select pg_reload_conf()"]).await;
    }

    /// Waits until what [`Self::present`] or [`Self::turn_tls_off`] changed counts for new connections.
    pub async fn wait_for_reload(&self, url: &str, is_accepted: bool) {
        let endpoint = Endpoint::parse("DATABASE_URL", url).unwrap();
        eventually("the configuration is reloaded", async || {
            endpoint.connect_options().connect().await.is_ok() == is_accepted
        })
        .await;
    }

    /// How many of the server's connections are encrypted and how many aren't, replication connections
    /// included; and how many replication connections there are.
    pub async fn connections(&self) -> Connections {
        let mut connection = self.admin().connect_options().connect().await.unwrap();
        let counts = sqlx::query_as(
            "select count(*) filter (where ssl) as encrypted, count(*) filter (where not ssl) as plain,
                    count(*) filter (where backend_type = 'walsender') as replication
               from pg_stat_activity join pg_stat_ssl using (pid)
              where datname = $1",
        )
        .bind(DATABASE)
        .fetch_one(&mut connection)
        .await
        .unwrap();
        connection.close().await.unwrap();
        counts
    }
}

/// The result of [`TlsPostgres::connections`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Connections {
    pub encrypted: i64,
    pub plain: i64,
    pub replication: i64,
}

impl Drop for TlsPostgres {
    fn drop(&mut self) {
        // An immediate shutdown. It frees the shared memory, unlike a kill.
        let _ = kill_process(Pid::from_child(&self.process), Signal::QUIT);
        let _ = self.process.wait();
    }
}

fn spawn(programs: &Path, pgdata: &Path, files: &Path, port: u16) -> Child {
    let mut command = Command::new(programs.join("postgres"));
    let settings = [
        ("listen_addresses", "127.0.0.1".to_owned()),
        ("port", port.to_string()),
        ("unix_socket_directories", pgdata.display().to_string()),
        ("ssl_cert_file", "server.crt".to_owned()),
        ("ssl_key_file", "server.key".to_owned()),
        ("ssl_ca_file", files.join("root.crt").display().to_string()),
        ("fsync", "off".to_owned()),
    ];
    // Not on the command line, whose values can't be changed later.
    fs::write(pgdata.join("postgresql.auto.conf"), "ssl = on\n").unwrap();
    let fixed = SERVER_SETTINGS.map(|(name, value)| (name, value.to_owned()));
    for (name, value) in fixed.into_iter().chain(settings) {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    let owner = fs::metadata(pgdata).unwrap();
    // Postgres refuses to run as root.
    if fs::metadata(files).unwrap().uid() != owner.uid() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    command
        .arg("-D")
        .arg(pgdata)
        .current_dir(pgdata)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap()
}

fn new_authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn server_certificate(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    CertificateParams::new(names).unwrap()
}

fn client_certificate(role: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, role);
    params
}

/// Writes `<path>.crt` and `<path>.key`, for the owner of the folder.
fn issue(authority: &CertifiedIssuer<'static, KeyPair>, params: CertificateParams, path: &Path) {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let owner = fs::metadata(path.parent().unwrap()).unwrap();
    for (extension, text) in [("crt", certificate.pem()), ("key", key.serialize_pem())] {
        let file = path.with_extension(extension);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
}

async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}
