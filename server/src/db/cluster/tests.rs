//! The ways a start can go, on a real Postgres.

use std::fs;
use std::os::unix::fs::MetadataExt;

use rustix::process::{Pid, Signal, kill_process};

use super::*;
use crate::testing::Sandbox;

async fn run(cluster: &Cluster, sql: &'static str) {
    let mut connection = cluster.endpoint("postgres").connect_options().connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Whether what [`run`] wrote before is still there: it can't be written twice.
async fn write_note(cluster: &Cluster) {
    run(cluster, "create table note ()").await;
}

async fn read_note(cluster: &Cluster) {
    run(cluster, "select from note").await;
}

fn pid(sandbox: &Sandbox) -> i32 {
    let file = sandbox.data_dir().join("postgres/postmaster.pid");
    fs::read_to_string(file).unwrap().lines().next().unwrap().parse().unwrap()
}

/// What `kill -9` of the server does to the cluster: the lock is free, and Postgres runs on.
fn abandon(cluster: Cluster) {
    let Cluster { postmaster, socket: _, _folder } = cluster;
    std::mem::forget(postmaster);
}

async fn fail(options: &ClusterOptions) -> String {
    Cluster::start(options).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_cluster_decodes_its_wal_and_listens_on_nothing_but_its_socket() {
    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&sandbox.options()).await.unwrap();
    let mut connection = cluster.endpoint("postgres").connect_options().connect().await.unwrap();
    let settings: (String, String, String) = sqlx::query_as(
        "select current_setting('wal_level'), current_setting('listen_addresses'),
                current_setting('server_encoding')",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(settings, ("logical".to_owned(), String::new(), "UTF8".to_owned()));
    for private in ["postgres", "run", "postgres.log"] {
        let mode = fs::metadata(sandbox.data_dir().join(private)).unwrap().mode();
        assert_eq!(mode & 0o077, 0, "{private} is open to others");
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_start_after_a_clean_stop_has_the_data() {
    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&sandbox.options()).await.unwrap();
    write_note(&cluster).await;
    cluster.stop().await.unwrap();
    assert!(!sandbox.data_dir().join("run").exists());

    let cluster = Cluster::start(&sandbox.options()).await.unwrap();
    read_note(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_start_after_the_server_was_killed_replaces_the_postgres_it_left() {
    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&sandbox.options()).await.unwrap();
    write_note(&cluster).await;
    let orphan = pid(&sandbox);
    abandon(cluster);

    let cluster = Cluster::start(&sandbox.options()).await.unwrap();
    assert_ne!(pid(&sandbox), orphan);
    read_note(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_start_after_server_and_postgres_were_killed_recovers() {
    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&sandbox.options()).await.unwrap();
    write_note(&cluster).await;
    kill_process(Pid::from_raw(pid(&sandbox)).unwrap(), Signal::KILL).unwrap();
    abandon(cluster);

    let cluster = Cluster::start(&sandbox.options()).await.unwrap();
    read_note(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_cluster_that_is_dropped_stops_postgres_and_can_be_started_again_at_once() {
    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&sandbox.options()).await.unwrap();
    write_note(&cluster).await;
    drop(cluster);

    let cluster = Cluster::start(&sandbox.options()).await.unwrap();
    read_note(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_process_id_that_another_program_has_by_now_is_no_obstacle() {
    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&sandbox.options()).await.unwrap();
    cluster.stop().await.unwrap();
    let stale = format!("{}\n/data\n1\n5432\n/run\n\n  1 1\nready   \n", std::process::id());
    fs::write(sandbox.data_dir().join("postgres/postmaster.pid"), stale).unwrap();

    let cluster = Cluster::start(&sandbox.options()).await.unwrap();
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_data_folder_in_use_names_its_user_and_leaves_it_alone() {
    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&sandbox.options()).await.unwrap();
    let sentence = fail(&sandbox.options()).await;
    let user = format!("in use by another Tributary (process {})", std::process::id());
    assert!(sentence.contains(&user), "{sentence}");
    write_note(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_set_up_that_was_interrupted_starts_over() {
    let sandbox = Sandbox::new();
    let unfinished = sandbox.data_dir().join("unfinished-1");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.join("PG_VERSION"), "15").unwrap();

    let cluster = Cluster::start(&sandbox.options()).await.unwrap();
    assert!(!unfinished.exists());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn without_postgres_the_sentence_says_where_to_get_it() {
    let sandbox = Sandbox::new();
    let nowhere = ClusterOptions { pg_bin: Some("/nonexistent".into()), ..sandbox.options() };
    let sentence = fail(&nowhere).await;
    assert!(sentence.starts_with("PG_BIN is /nonexistent, but there is no working"), "{sentence}");
}

#[tokio::test]
async fn data_of_another_version_is_left_alone() {
    let sandbox = Sandbox::new();
    let data = sandbox.data_dir().join("postgres");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("PG_VERSION"), "9999\n").unwrap();
    let sentence = fail(&sandbox.options()).await;
    assert!(sentence.contains("written by Postgres 9999, but only "), "{sentence}");
}

#[tokio::test]
async fn a_postgres_that_does_not_start_is_quoted() {
    let sandbox = Sandbox::new();
    let settings = vec![("shared_buffers", "many".to_owned())];
    let sentence = fail(&ClusterOptions { settings, ..sandbox.options() }).await;
    assert!(sentence.starts_with("Postgres couldn't start; the end of its log, "), "{sentence}");
    assert!(sentence.contains("invalid value for parameter \"shared_buffers\""), "{sentence}");
}
