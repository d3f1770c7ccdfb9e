//! Shared test data, and the convergence test of all queries together.

mod convergence;
mod world;
