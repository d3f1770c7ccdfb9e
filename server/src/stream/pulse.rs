//! Tells open streams when the part behind them falls ill or recovers. One look for all of them.

use std::time::Duration;

use app::contract::event::Health;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::cdc::HealthReader;

/// How often the worker's health is looked at. It changes by time passing, so nothing tells of it.
const INTERVAL: Duration = Duration::from_millis(500);

/// Publishes the worker's health until `stop` is cancelled.
pub async fn run(health: HealthReader, pulse: watch::Sender<Health>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(INTERVAL);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let status = health.report().status;
        pulse.send_if_modified(|told| std::mem::replace(told, status) != status);
    }
}
