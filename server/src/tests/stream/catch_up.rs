//! Coming back, with a cursor that is good or not.

use super::*;

#[tokio::test]
async fn a_reader_that_was_away_gets_the_newest_state_of_each_entity_once() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let mut reader = live(&server, &ada).await;
    rename(&ada, &team, "One").await;
    let (cursor, _) = reader.next_event().await;
    drop(reader);

    rename(&ada, &team, "Two").await;
    rename(&ada, &team, "Three").await;

    // The log follows the database; a second stream tells when it has come so far.
    let mut witness = ada.stream(cursor).await;
    while caught_up(&mut witness).await.last().and_then(organization_name).as_deref()
        != Some("Three")
    {
        witness = ada.stream(cursor).await;
    }
    let mut reader = ada.stream(cursor).await;
    let messages = caught_up(&mut reader).await;
    let names: Vec<_> = messages.iter().filter_map(organization_name).collect();
    assert_eq!(names, ["Three"]);
}

#[tokio::test]
async fn a_cursor_that_cannot_be_honoured_is_answered_with_reset_and_a_good_one() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let head = settled(&server).await;
    let strange = [
        (Cursor { epoch: Epoch::new(0), ..head }, ResetReason::UnknownEpoch),
        (Cursor { position: Position(head.position.0 + 1_000), ..head }, ResetReason::AheadOfLog),
    ];
    for (cursor, reason) in strange {
        let mut reader = ada.stream(Some(cursor)).await;
        let (id, event) = reader.next_event().await;
        let StreamEvent::Reset(reset) = event else { panic!("{event:?}") };
        assert_eq!((reset.reason, Some(reset.cursor)), (reason, id));
        assert_eq!(reset.cursor.epoch, head.epoch);
        assert_eq!(caught_up(&mut reader).await, []);
        rename_self(&ada, "Ada King").await;
        assert_eq!(next_change(&mut reader).await.entity.kind(), Kind::User);
        rename_self(&ada, "Ada").await;
    }
}

#[tokio::test]
async fn a_rebuilt_log_resets_every_open_stream() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let mut reader = live(&server, &ada).await;
    let pool = &server.database.pool;
    let now = activity::Lsn(u64::MAX);
    let epoch = activity::log::begin_new_epoch(pool, now, "for a test").await.unwrap();
    let (_, event) = reader.next_event().await;
    let StreamEvent::Reset(reset) = event else { panic!("{event:?}") };
    assert_eq!((reset.reason, reset.cursor.epoch), (ResetReason::UnknownEpoch, epoch));
    assert_eq!(caught_up(&mut reader).await, []);
    rename_self(&ada, "Ada King").await;
    let (cursor, event) = reader.next_event().await;
    assert!(matches!(event, StreamEvent::Change(_)), "{event:?}");
    assert_eq!(cursor.unwrap().epoch, epoch);
}

#[tokio::test]
async fn one_message_for_many_changes_names_all_that_changed_and_what_is_new() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let before = settled(&server).await;
    let membership = join(&ada, &grace, &team).await;
    let joined = settled(&server).await;
    let path = format!("/memberships/{}", membership.id);
    let _: Value = ada.patch(&path, &json!({ "role": "admin" })).await.ok();
    let _: Value = grace.patch(&path, &json!({ "muted": true })).await.ok();
    settled(&server).await;

    for (cursor, action, changed) in [
        (before, Action::Created, vec![]),
        (joined, Action::Updated, vec!["muted".to_owned(), "role".to_owned()]),
    ] {
        let told = caught_up(&mut grace.stream(Some(cursor)).await).await;
        let hers = told.iter().find(|it| it.subject_id == membership.id.uuid()).unwrap();
        assert_eq!((hers.action, &hers.changed), (action, &changed));
    }
}
