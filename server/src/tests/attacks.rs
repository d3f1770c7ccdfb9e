//! Attacks on every route of the table.

mod floods;
mod hostile_input;
mod races;
mod session_fixation;
