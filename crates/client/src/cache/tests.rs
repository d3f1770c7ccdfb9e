//! What the tests of the queries share, and the one about all of them together.

mod convergence;
mod world;
