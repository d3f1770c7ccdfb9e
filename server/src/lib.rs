//! Tributary's server: REST, the CDC worker, the activity log and the stream.
//!
//! Imports point one way: `modules`, `stream`, `trail` and `system` → `activity` → `db`; `cdc` → `activity`;
//! `stream` → `presence` → `db`.
//! Nothing under `modules` knows that a stream exists.

pub mod activity;
pub mod cdc;
pub mod clock;
pub mod config;
mod crash_point;
pub mod db;
pub mod demo;
pub mod error;
mod error_page;
pub mod lifecycle;
mod listener;
pub mod metrics;
pub mod modules;
pub mod open_files;
#[cfg(test)]
mod oracle;
pub mod presence;
pub mod readiness;
pub mod router;
pub mod stream;
pub mod system;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod trail;
