use ::mail::{MailFolder, Smtp};
use contract::Email;
use contract::system::{OutboxMessage, OutboxState};
use contract::view::List;
use testing::{SmtpServer, TestDatabase};

use super::*;
use crate::mail::queue;
use crate::test_server::TestServer;

fn smtp(url: &str) -> Mailer {
    let sender = "Tributary <tributary@example.com>".parse().unwrap();
    Mailer::Smtp(Box::new(Smtp::new(&url.parse().unwrap(), sender).unwrap()))
}

fn delivery(pool: &PgPool, mailer: Mailer) -> MailDelivery {
    let pool = pool.clone();
    let origin = "https://tributary.example".to_owned();
    MailDelivery { pool, mailer, origin, mail: Mail::default() }
}

async fn queue_link(pool: &PgPool, email: &str) {
    let link = AccountLink::by_mail(LinkPurpose::SignUp, Email::parse(email).unwrap());
    let mut transaction = begin(pool).await.unwrap();
    queue::send_link(&mut transaction, &link).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn row<T>(pool: &PgPool, column: &'static str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(column).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn mail_server_gets_each_message_once_from_two_nodes() {
    let database = TestDatabase::create().await;
    let server = SmtpServer::start();
    for number in 0..10 {
        queue_link(&database.pool, &format!("p{number}@example.com")).await;
    }
    let (one, other) = (database.new_pool(2), database.new_pool(2));
    let work = async |pool: &PgPool| {
        let delivery = delivery(pool, smtp(&server.url()));
        while delivery.deliver_next().await.unwrap() == Attempted::Message {}
    };
    tokio::join!(work(&one), work(&other));
    let messages = server.messages();
    assert_eq!(messages.len(), 10);
    for number in 0..10 {
        let to = format!("To: p{number}@example.com");
        assert_eq!(messages.iter().filter(|text| text.contains(&to)).count(), 1, "{to}");
    }
}

#[tokio::test]
async fn secret_is_neither_in_the_queue_nor_in_the_database_afterwards() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    queue_link(&database.pool, "ada@example.com").await;
    let hash: Option<Vec<u8>> = row(&database.pool, "select token_hash from account_links").await;
    assert_eq!(hash, None);
    let mailer = Mailer::Folder(MailFolder::new(folder.path().to_owned()));
    delivery(&database.pool, mailer).deliver_next().await.unwrap();
    let link = testing::read_link(folder.path(), "ada@example.com", "sign-up").await;
    let token = testing::token_of(&link);
    let stored: String = row(
        &database.pool,
        "select string_agg(m::text, '') || (select string_agg(l::text, '') from account_links l)
           from mail_messages m",
    )
    .await;
    assert!(!stored.contains(token), "{stored}");
}

#[tokio::test]
async fn failed_delivery_is_tried_again_later() {
    let database = TestDatabase::create().await;
    let pool = &database.pool;
    queue_link(pool, "ada@example.com").await;
    let unreachable = delivery(pool, smtp("smtp://127.0.0.1:1"));
    assert_eq!(unreachable.deliver_next().await.unwrap(), Attempted::Message);
    assert_eq!(unreachable.deliver_next().await.unwrap(), Attempted::Nothing);
    let error: Option<String> = row(pool, "select last_error from mail_messages").await;
    assert!(error.is_some());

    let server = SmtpServer::start();
    database.execute("update mail_messages set next_attempt_at = now()").await;
    let reachable = delivery(pool, smtp(&server.url()));
    assert_eq!(reachable.deliver_next().await.unwrap(), Attempted::Message);
    assert_eq!(server.messages().len(), 1);
    let attempts: i32 =
        row(pool, "select attempts from mail_messages where sent_at is not null").await;
    assert_eq!(attempts, 2);
}

#[tokio::test]
async fn message_of_a_node_that_stopped_is_delivered_by_another() {
    let database = TestDatabase::create().await;
    let pool = &database.pool;
    queue_link(pool, "ada@example.com").await;
    let mut transaction = begin(pool).await.unwrap();
    assert!(claim(&mut transaction).await.unwrap().is_some());
    transaction.commit().await.unwrap();
    let server = SmtpServer::start();
    let other = delivery(pool, smtp(&server.url()));
    assert_eq!(other.deliver_next().await.unwrap(), Attempted::Nothing);
    database.execute("update mail_messages set next_attempt_at = now()").await;
    assert_eq!(other.deliver_next().await.unwrap(), Attempted::Message);
    assert_eq!(server.messages().len(), 1);
}

#[tokio::test]
async fn system_admins_see_what_could_not_be_sent_and_what_is_in_the_folder() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    server.database.execute("update users set system_admin = true where name = 'Ada'").await;
    assert_eq!(grace.get("/system/mail").await.error().code, contract::ErrorCode::Forbidden);
    let list: List<OutboxMessage> = ada.get("/system/mail").await.ok();
    let sent = list.items.iter().find(|it| it.recipient.as_str() == "grace@example.com").unwrap();
    assert_eq!(sent.state, OutboxState::Sent);
    assert!(sent.text.as_ref().unwrap().contains("/sign-up/"));

    // The row of a message that a mail server refuses.
    let smtp_server = SmtpServer::start();
    let refused = delivery(&server.database.pool, smtp(&smtp_server.url()));
    let message = Claimed {
        id: sent.id,
        kind: MailKind::PasswordChanged,
        recipient: Email::parse("nobody@example.com").unwrap(),
        link_id: None,
        details: sqlx::types::Json(Details::default()),
        attempts: 1,
    };
    server
        .database
        .execute(
            "update mail_messages set sent_at = null, next_attempt_at = now() + interval '1 h'",
        )
        .await;
    let text = text::write(&Content::PasswordChanged, message.recipient.clone(), "");
    let outcome = refused.mailer.deliver(message.id, &text).await;
    refused.record(&message, outcome).await.unwrap();
    let list: List<OutboxMessage> = ada.get("/system/mail").await.ok();
    let failed = list.items.iter().find(|it| it.id == sent.id).unwrap();
    assert_eq!(failed.state, OutboxState::Failed);
    assert!(failed.error.is_some());
}

#[test]
fn delays_double_up_to_an_hour() {
    let delays: Vec<u64> = (1..=MAX_ATTEMPTS).map(|it| retry_delay(it).as_secs()).collect();
    assert_eq!(delays[..4], [30, 60, 120, 240]);
    assert_eq!(delays.last(), Some(&3600));
}
