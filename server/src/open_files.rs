//! The limit of open files and connections (`ulimit -n`).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for the streams that a node accepts (20,000), and for everything else it has open.
pub const RECOMMENDED: u64 = 21_000;

/// Raises the limit to the highest value that the system allows. Each stream needs one file; the usual
/// soft limit of 1,024 exists for programs that use `select`.
///
/// Returns the new limit; none when it is unlimited.
pub fn raise_limit() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        // The previous limit stays.
        Err(_) => current,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_is_raised_to_the_maximum() {
        let granted = raise_limit();
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        assert_eq!((current, granted), (maximum, maximum));
    }
}
