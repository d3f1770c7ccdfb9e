//! Private clusters of tests.

use private_postgres::testing::Sandbox;
use private_postgres::{Cluster, ClusterOptions, ConnectionInfo};

use crate::db::requirements::{OLDEST_MAJOR, PRIVATE_CLUSTER_ROLE, PRIVATE_CLUSTER_SETTINGS};
use crate::db::{self, Endpoint};

/// A cluster in the sandbox, set up like the server's own, but not durable.
pub(crate) fn cluster_options(sandbox: &Sandbox) -> ClusterOptions {
    let options = ClusterOptions {
        oldest_major: OLDEST_MAJOR,
        superuser: PRIVATE_CLUSTER_ROLE.to_owned(),
        ..sandbox.options()
    };
    options.with_settings(PRIVATE_CLUSTER_SETTINGS)
}

/// The cluster's database of that name, created unless it exists.
pub(crate) async fn create_database(cluster: &Cluster, name: &str) -> Endpoint {
    let ConnectionInfo { socket_dir, port, user } = cluster.connection_info();
    let endpoint = Endpoint::at_socket(socket_dir, port, user, name);
    db::create_database(&endpoint).await.unwrap();
    endpoint
}
