//! Tributary's server: puts the API, the CDC worker, the streams and the pages together.

pub mod admin;
mod background_tasks;
pub mod check;
pub mod config;
mod database;
mod database_monitor;
pub mod demo;
mod error_page;
pub mod exposure;
mod http_server;
pub mod lifecycle;
mod listener;
mod liveness;
mod load_history;
mod metrics;
mod monitoring;
mod node_health;
pub mod open_files;
pub mod opened_by_root;
#[cfg(test)]
mod oracle;
mod page_renderer;
mod private_cluster;
pub mod privileges;
mod readiness;
mod recovery_codes_page;
mod repeated_lines;
mod restart;
mod router;
mod system;
pub mod telemetry;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
