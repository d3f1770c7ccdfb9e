//! Reconnecting with a valid or an invalid cursor.

use super::*;

#[tokio::test]
async fn reconnected_reader_receives_the_newest_state_of_each_entity_once() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let mut reader = open_live(&server, &ada).await;
    rename_organization(&ada, &team, "One").await;
    let (cursor, _) = reader.next_event().await;
    drop(reader);

    rename_organization(&ada, &team, "Two").await;
    rename_organization(&ada, &team, "Three").await;

    // Changes reach the log asynchronously; a second stream shows when they have.
    let mut witness = ada.stream(cursor).await;
    while read_catch_up(&mut witness).await.last().and_then(organization_name).as_deref()
        != Some("Three")
    {
        witness = ada.stream(cursor).await;
    }
    let mut reader = ada.stream(cursor).await;
    let messages = read_catch_up(&mut reader).await;
    let names: Vec<_> = messages.iter().filter_map(organization_name).collect();
    assert_eq!(names, ["Three"]);
}

#[tokio::test]
async fn invalid_cursor_is_answered_with_reset_and_a_valid_cursor() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let head = wait_for_log(&server).await;
    let invalid = [
        (Cursor { epoch: Epoch::new(0), ..head }, ResetReason::UnknownEpoch),
        (Cursor { position: Position(head.position.0 + 1_000), ..head }, ResetReason::AheadOfLog),
    ];
    for (cursor, reason) in invalid {
        let mut reader = ada.stream(Some(cursor)).await;
        let (id, event) = reader.next_event().await;
        let StreamEvent::Reset(reset) = event else { panic!("{event:?}") };
        assert_eq!((reset.reason, Some(reset.cursor)), (reason, id));
        assert_eq!(reset.cursor.epoch, head.epoch);
        assert_eq!(read_catch_up(&mut reader).await, []);
        rename_user(&ada, "Ada King").await;
        assert_eq!(next_change(&mut reader).await.entity.kind(), Kind::User);
        rename_user(&ada, "Ada").await;
    }
}

#[tokio::test]
async fn new_epoch_resets_every_open_stream() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let mut reader = open_live(&server, &ada).await;
    let pool = &server.database.pool;
    let (_, recorded) = activity::log::recorded(pool).await.unwrap();
    let epoch = activity::log::begin_new_epoch(pool, recorded, "for a test").await.unwrap();
    let (_, event) = reader.next_event().await;
    let StreamEvent::Reset(reset) = event else { panic!("{event:?}") };
    assert_eq!((reset.reason, reset.cursor.epoch), (ResetReason::UnknownEpoch, epoch));
    assert_eq!(read_catch_up(&mut reader).await, []);
    rename_user(&ada, "Ada King").await;
    let (cursor, event) = reader.next_event().await;
    assert!(matches!(event, StreamEvent::Change(_)), "{event:?}");
    assert_eq!(cursor.unwrap().epoch, epoch);
}

#[tokio::test]
async fn merged_message_names_all_changed_fields_and_keeps_created() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let before = wait_for_log(&server).await;
    let membership = join(&ada, &grace, &team).await;
    let joined = wait_for_log(&server).await;
    let path = format!("/memberships/{}", membership.id);
    let _: Value = ada.patch(&path, &json!({ "role": "admin" })).await.ok();
    let _: Value = grace.patch(&path, &json!({ "muted": true })).await.ok();
    wait_for_log(&server).await;

    for (cursor, action, changed) in [
        (before, Action::Created, vec![]),
        (joined, Action::Updated, vec!["muted".to_owned(), "role".to_owned()]),
    ] {
        let messages = read_catch_up(&mut grace.stream(Some(cursor)).await).await;
        let message = messages.iter().find(|it| it.subject_id == membership.id.uuid()).unwrap();
        assert_eq!((message.action, &message.changed), (action, &changed));
    }
}
