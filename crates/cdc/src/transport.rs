//! The replication connection: receives frames and sends acknowledgements.

use std::time::Duration;

use contract::Timestamp;
use futures::FutureExt;
use pgwire_replication::{
    PgWireError, ReplicationClient, ReplicationConfig, ReplicationEvent, TlsConfig,
};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::task::unconstrained;
use tokio::time::timeout;

use super::CdcError;
use super::frame::Frame;
use super::publication::PUBLICATION;
use activity::{Commit, Lsn, TransactionId};
use db::endpoint::environment_options;
use db::tls::{Roots, Tls, TlsMode};
use db::{Endpoint, Host};

/// How long Postgres may take to start replication.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// The shortest time between two status messages with an acknowledged position. A position that
/// Postgres didn't receive only means that some transactions are sent again.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);

/// The `wal_sender_timeout` of the connection: when Postgres frees the slot of a worker that doesn't
/// answer. Postgres sends a keep-alive after half of it, so a quiet connection isn't silent.
const SENDER_TIMEOUT: Duration = Duration::from_secs(3);

/// When a status message is sent although nothing has changed. Longer than half of
/// [`SENDER_TIMEOUT`], or Postgres would have no reason to send keep-alives.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(2);

/// How many frames are buffered before backpressure reaches Postgres.
const MAX_BUFFERED_FRAMES: usize = 1024;

/// Session settings for the text format of values, independent of the server's defaults.
const TEXT_FORMAT: &str = "-c datestyle=ISO -c timezone=UTC -c extra_float_digits=1";

/// The epoch of timestamps in the replication protocol.
const POSTGRES_EPOCH: OffsetDateTime = datetime!(2000-01-01 0:00 UTC);

/// A replication connection that has acquired the slot. Dropping it releases the slot.
pub struct Transport {
    client: ReplicationClient,
}

impl Transport {
    /// Acquires the slot, and starts to read after the last acknowledged position. Postgres lists the
    /// connection under `application_name`.
    ///
    /// # Errors
    /// [`CdcError::SlotInUse`] when another connection uses the slot; others when Postgres can't be
    /// reached or refuses.
    pub async fn open(
        endpoint: &Endpoint,
        slot: &str,
        application_name: &str,
    ) -> Result<Self, CdcError> {
        let config = config(endpoint, slot, application_name, environment_options());
        let mut transport = Self { client: ReplicationClient::connect(config).await? };
        timeout(START_TIMEOUT, transport.client.wait_started())
            .await
            .map_err(|_| CdcError::StartTimeout(START_TIMEOUT))?
            .map_err(start_error)?;
        Ok(transport)
    }

    /// Waits for the next frame. Can be cancelled without losing one.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn next(&mut self) -> Result<Frame, CdcError> {
        self.receive().await
    }

    async fn receive(&mut self) -> Result<Frame, CdcError> {
        loop {
            let event = self.client.recv().await?.ok_or(CdcError::ConnectionClosed)?;
            if let Some(frame) = to_frame(event)? {
                return Ok(frame);
            }
        }
    }

    /// Returns the next frame if it is already buffered. Doesn't wait.
    ///
    /// # Errors
    /// When the connection is broken.
    pub fn next_buffered(&mut self) -> Result<Option<Frame>, CdcError> {
        // Unconstrained, because tokio's cooperative scheduling would sometimes make the buffer look
        // empty.
        unconstrained(self.receive()).now_or_never().transpose()
    }

    /// Tells Postgres, with the next status message, that it needn't retain the WAL before `lsn`.
    pub fn acknowledge(&self, lsn: Lsn) {
        self.client.update_applied_lsn(pgwire_replication::Lsn(lsn.0));
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        // Not an orderly close: it could wait for a Postgres that doesn't answer, and keep the slot.
        self.client.abort();
    }
}

/// `environment` are session settings that queries have too.
fn config(
    endpoint: &Endpoint,
    slot: &str,
    application_name: &str,
    environment: Option<String>,
) -> ReplicationConfig {
    let password = endpoint.password.as_deref().unwrap_or_default();
    let host = match &endpoint.host {
        Host::Tcp(host) => host.clone(),
        Host::Socket(folder) => folder.to_string_lossy().into_owned(),
    };
    ReplicationConfig::new(host, &endpoint.user, password, &endpoint.database, slot, PUBLICATION)
        .with_port(endpoint.port)
        .with_tls(tls_config(&endpoint.tls, &endpoint.host))
        .with_options(format!(
            // The last value of a setting counts.
            "{} {TEXT_FORMAT} -c wal_sender_timeout={}ms",
            environment.unwrap_or_default(),
            SENDER_TIMEOUT.as_millis()
        ))
        .with_application_name(application_name)
        .with_status_interval(STATUS_INTERVAL)
        .with_wakeup_interval(KEEP_ALIVE_INTERVAL)
        .with_buffer_size(MAX_BUFFERED_FRAMES)
}

/// Returns the same protection as that of queries. Never less: where theirs isn't decided yet, TLS is
/// required.
fn tls_config(tls: &Tls, host: &Host) -> TlsConfig {
    let config = match &tls.mode {
        TlsMode::Disabled => return TlsConfig::disabled(),
        TlsMode::Preferred | TlsMode::Required => TlsConfig::require(),
        TlsMode::Verified(Roots::Mozilla) => TlsConfig::verify_full(None),
        TlsMode::Verified(Roots::File(path)) => TlsConfig::verify_full(Some(path.clone())),
    };
    let config = match host {
        // The client refuses an IP address unless it is given like this. The name that is verified is the same.
        Host::Tcp(name) => config.with_sni_hostname(name),
        Host::Socket(_) => config,
    };
    match &tls.client {
        Some(client) => config.with_client_cert(&client.certificate, &client.key),
        None => config,
    }
}

/// Converts the error of a start. Another node may have acquired the slot since it was checked.
fn start_error(error: PgWireError) -> CdcError {
    const OBJECT_IN_USE: &str = "SQLSTATE 55006";
    match &error {
        PgWireError::Server(message) if message.contains(OBJECT_IN_USE) => CdcError::SlotInUse,
        _ => error.into(),
    }
}

fn to_frame(event: ReplicationEvent) -> Result<Option<Frame>, CdcError> {
    Ok(match event {
        ReplicationEvent::Begin { final_lsn, xid, commit_time_micros } => {
            let at = parse_commit_time(commit_time_micros)?;
            Some(Frame::Begin(Commit { lsn: lsn(final_lsn), at, id: TransactionId(xid) }))
        }
        ReplicationEvent::Commit { end_lsn, .. } => Some(Frame::Commit { end: lsn(end_lsn) }),
        ReplicationEvent::Message { transactional: true, prefix, content, .. } => {
            Some(Frame::Message { prefix, content })
        }
        ReplicationEvent::XLogData { data, .. } => Some(Frame::Data(data)),
        ReplicationEvent::KeepAlive { wal_end, .. } => Some(Frame::KeepAlive { end: lsn(wal_end) }),
        // A message outside of a transaction belongs to no change; a stop is never requested.
        ReplicationEvent::Message { transactional: false, .. }
        | ReplicationEvent::StoppedAt { .. } => None,
    })
}

const fn lsn(lsn: pgwire_replication::Lsn) -> Lsn {
    Lsn(lsn.0)
}

/// `micros` since the year 2000.
fn parse_commit_time(micros: i64) -> Result<Timestamp, CdcError> {
    POSTGRES_EPOCH
        .checked_add(time::Duration::microseconds(micros))
        .map(Timestamp::new)
        .ok_or_else(|| PgWireError::Protocol(format!("invalid commit time: {micros} µs")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commit_times_count_from_the_year_2000() {
        let expected = Timestamp::new(datetime!(2000-01-01 0:00:01.5 UTC));
        assert_eq!(parse_commit_time(1_500_000).unwrap(), expected);
        assert!(parse_commit_time(i64::MAX).is_err());
    }

    #[test]
    fn replication_is_protected_like_queries() {
        use pgwire_replication::SslMode::{Disable, Require, VerifyFull};
        for (query, expected) in [
            ("?sslmode=disable", Disable),
            ("", Require),
            ("?sslmode=require", Require),
            ("?sslmode=prefer", Require),
            ("?sslmode=verify-full", VerifyFull),
            ("?sslrootcert=/ca.pem", VerifyFull),
        ] {
            let url = format!("postgres://192.0.2.1/x{query}");
            let endpoint = Endpoint::parse("DATABASE_URL", &url).unwrap();
            assert_eq!(config(&endpoint, "s", "a", None).tls.mode, expected, "{query}");
        }
        let url = "postgres://192.0.2.1/x?sslrootcert=/ca.pem&sslcert=/c.pem&sslkey=/k.pem";
        let tls = config(&Endpoint::parse("DATABASE_URL", url).unwrap(), "s", "a", None).tls;
        let expected = TlsConfig::verify_full(Some("/ca.pem".into()))
            .with_sni_hostname("192.0.2.1")
            .with_client_cert("/c.pem", "/k.pem");
        assert_eq!(tls, expected);
    }

    #[test]
    fn settings_of_the_environment_come_before_those_that_the_worker_depends_on() {
        let endpoint = Endpoint::parse("DATABASE_URL", "postgres://localhost/x").unwrap();
        let environment = Some("-c work_mem=64MB -c timezone=Asia/Tokyo".to_owned());
        let options = config(&endpoint, "s", "a", environment).options.unwrap();
        assert!(options.starts_with("-c work_mem=64MB "), "{options}");
        assert!(options.find("Tokyo") < options.find("timezone=UTC"), "{options}");
    }

    #[test]
    fn slot_in_use_is_distinguished_from_other_errors() {
        let refused = |message: &str| start_error(PgWireError::Server(message.to_owned()));
        assert!(matches!(
            refused("replication slot \"t\" is active for PID 7 (SQLSTATE 55006)"),
            CdcError::SlotInUse
        ));
        assert!(matches!(
            refused("replication slot \"t\" does not exist (SQLSTATE 42704)"),
            CdcError::Transport(_)
        ));
    }
}
