//! How many catch-ups the nodes answered from memory and from the database: a run proves little unless
//! both are common.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;

/// The last known counters of each node that has run, by its address.
#[derive(Clone, Debug, Default)]
pub(super) struct CatchUpCounts(HashMap<SocketAddr, (u64, u64)>);

impl CatchUpCounts {
    /// Reads the counters of a node. A node that doesn't answer keeps the known ones.
    pub(super) async fn read(&mut self, node: SocketAddr) {
        let answer = reqwest::get(format!("http://{node}/metrics")).await;
        let Ok(Ok(text)) = async { Ok::<_, reqwest::Error>(answer?.text().await) }.await else {
            return;
        };
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().parse().ok()
        };
        let from_memory = value("tributary_catch_ups_from_memory_total ");
        let from_database = value("tributary_catch_ups_from_database_total ");
        self.0.extend(from_memory.zip(from_database).map(|counts| (node, counts)));
    }
}

impl fmt::Display for CatchUpCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (memory, database) = self
            .0
            .values()
            .fold((0, 0), |(memory, database), counts| (memory + counts.0, database + counts.1));
        write!(f, "{memory} from memory, {database} from the database")
    }
}
