//! The replication connection: frames in, acknowledgements out.

use std::time::Duration;

use contract::Timestamp;
use futures::FutureExt;
use pgwire_replication::{PgWireError, ReplicationClient, ReplicationConfig, ReplicationEvent};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::task::unconstrained;
use tokio::time::timeout;

use super::frame::Frame;
use super::{CdcError, PUBLICATION};
use activity::{Commit, Lsn};
use db::{Endpoint, Host};

/// How long Postgres may take to accept us.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// How often at most Postgres is told of progress. Nothing waits for it: a place that was not told
/// is only read again.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);

/// When Postgres lets go of the slot of a worker that it doesn't hear from. It asks after half of
/// that, so a quiet connection isn't a silent one.
const WORKER_LOST_AFTER: Duration = Duration::from_secs(3);

/// When we speak although there is nothing to tell. Later than Postgres asks, or it would see no
/// reason to speak itself.
const WAKEUP_INTERVAL: Duration = Duration::from_secs(2);

/// When we give up a connection over which nothing comes: it leads nowhere any more.
const SILENT_AFTER: Duration = Duration::from_secs(5);

/// How many frames may wait for the worker before Postgres is slowed down.
const FRAMES_AHEAD: usize = 1024;

/// How values are written, whatever the server's defaults are.
const TEXT_FORMAT: &str = "-c datestyle=ISO -c timezone=UTC -c extra_float_digits=1";

/// What moments in the replication protocol count from.
const POSTGRES_EPOCH: OffsetDateTime = datetime!(2000-01-01 0:00 UTC);

/// A connection that holds the slot. Dropping it lets go of the slot.
pub struct Transport {
    client: ReplicationClient,
}

impl Transport {
    /// Takes the slot, and starts to read from its last acknowledged place.
    ///
    /// # Errors
    /// [`CdcError::SlotHeld`] when another connection holds it; others when Postgres can't be
    /// reached or refuses.
    pub async fn open(endpoint: &Endpoint, slot: &str) -> Result<Self, CdcError> {
        let mut transport =
            Self { client: ReplicationClient::connect(config(endpoint, slot)).await? };
        timeout(START_TIMEOUT, transport.client.wait_started())
            .await
            .map_err(|_| CdcError::NoAnswer(START_TIMEOUT))?
            .map_err(refusal)?;
        Ok(transport)
    }

    /// Waits for the next frame.
    ///
    /// # Errors
    /// When the connection is broken or leads nowhere.
    pub async fn next(&mut self) -> Result<Frame, CdcError> {
        timeout(SILENT_AFTER, self.receive()).await.map_err(|_| CdcError::Silent(SILENT_AFTER))?
    }

    async fn receive(&mut self) -> Result<Frame, CdcError> {
        loop {
            let event = self.client.recv().await?.ok_or(CdcError::Ended)?;
            if let Some(frame) = frame(event)? {
                return Ok(frame);
            }
        }
    }

    /// The next frame, when it is here already.
    ///
    /// # Errors
    /// When the connection is broken.
    pub fn arrived(&mut self) -> Result<Option<Frame>, CdcError> {
        // Unconstrained: tokio would make it look empty from time to time, for others to run.
        unconstrained(self.receive()).now_or_never().transpose()
    }

    /// Tells Postgres that it needn't keep what ends before `lsn`.
    pub fn acknowledge(&self, lsn: Lsn) {
        self.client.update_applied_lsn(pgwire_replication::Lsn(lsn.0));
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        // At once: a farewell could wait for a Postgres that doesn't answer, and hold the slot.
        self.client.abort();
    }
}

fn config(endpoint: &Endpoint, slot: &str) -> ReplicationConfig {
    let password = endpoint.password.as_deref().unwrap_or_default();
    let host = match &endpoint.host {
        Host::Tcp(host) => host.clone(),
        Host::Socket(folder) => folder.to_string_lossy().into_owned(),
    };
    ReplicationConfig::new(host, &endpoint.user, password, &endpoint.database, slot, PUBLICATION)
        .with_port(endpoint.port)
        .with_options(format!(
            "{TEXT_FORMAT} -c wal_sender_timeout={}ms",
            WORKER_LOST_AFTER.as_millis()
        ))
        .with_application_name("tributary cdc")
        .with_status_interval(STATUS_INTERVAL)
        .with_wakeup_interval(WAKEUP_INTERVAL)
        .with_buffer_size(FRAMES_AHEAD)
}

/// Another node may take the slot between our look at it and our try.
fn refusal(error: PgWireError) -> CdcError {
    const OBJECT_IN_USE: &str = "SQLSTATE 55006";
    match &error {
        PgWireError::Server(message) if message.contains(OBJECT_IN_USE) => CdcError::SlotHeld,
        _ => error.into(),
    }
}

fn frame(event: ReplicationEvent) -> Result<Option<Frame>, CdcError> {
    Ok(match event {
        ReplicationEvent::Begin { final_lsn, commit_time_micros, .. } => {
            Some(Frame::Begin(Commit { lsn: lsn(final_lsn), at: moment(commit_time_micros)? }))
        }
        ReplicationEvent::Commit { end_lsn, .. } => Some(Frame::Commit { end: lsn(end_lsn) }),
        ReplicationEvent::Message { transactional: true, prefix, content, .. } => {
            Some(Frame::Message { prefix, content })
        }
        ReplicationEvent::XLogData { data, .. } => Some(Frame::Data(data)),
        ReplicationEvent::KeepAlive { wal_end, .. } => Some(Frame::KeepAlive { end: lsn(wal_end) }),
        // A message outside of transactions belongs to no change; a stop was never asked for.
        ReplicationEvent::Message { transactional: false, .. }
        | ReplicationEvent::StoppedAt { .. } => None,
    })
}

const fn lsn(lsn: pgwire_replication::Lsn) -> Lsn {
    Lsn(lsn.0)
}

fn moment(micros: i64) -> Result<Timestamp, CdcError> {
    POSTGRES_EPOCH
        .checked_add(time::Duration::microseconds(micros))
        .map(Timestamp::new)
        .ok_or_else(|| PgWireError::Protocol(format!("no commit is at {micros} µs")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commit_times_count_from_the_year_2000() {
        assert_eq!(moment(1_500_000).unwrap(), Timestamp::new(datetime!(2000-01-01 0:00:01.5 UTC)));
        assert!(moment(i64::MAX).is_err());
    }

    #[test]
    fn a_slot_that_is_taken_is_told_from_other_refusals() {
        let refused = |message: &str| refusal(PgWireError::Server(message.to_owned()));
        assert!(matches!(
            refused("replication slot \"t\" is active for PID 7 (SQLSTATE 55006)"),
            CdcError::SlotHeld
        ));
        assert!(matches!(
            refused("replication slot \"t\" does not exist (SQLSTATE 42704)"),
            CdcError::Transport(_)
        ));
    }
}
