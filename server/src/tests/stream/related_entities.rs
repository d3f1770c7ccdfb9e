//! Changes of related entities: the author of a note.

use super::unread::write_note;
use super::*;

#[tokio::test]
async fn new_name_of_an_author_who_left_reaches_readers_without_email() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let stranger = server.person("Linus").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let membership = join(&ada, &grace, &team).await;
    write_note(&grace, &team, "Plan").await;
    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    let cursor = wait_for_log(&server).await;
    let (mut reader, mut outsider) =
        (open_live(&server, &ada).await, open_live(&server, &stranger).await);

    rename_user(&grace, "Grace Hopper").await;
    rename_user(&stranger, "Linus T").await;
    wait_for_log(&server).await;

    let missed = read_catch_up(&mut ada.stream(Some(cursor)).await).await;
    for message in [next_change(&mut reader).await, missed[0].clone()] {
        let Entity::User(Some(author)) = &message.entity else { panic!("{message:?}") };
        assert_eq!((author.name.as_str(), &author.email), ("Grace Hopper", &None));
    }
    let own = next_change(&mut outsider).await;
    assert_eq!(own.subject_id, me(&stranger).await.user.id.uuid());
}
