use std::net::{SocketAddr, TcpListener};

use contract::Email;
use testing::SmtpServer;

use super::*;
use crate::Paragraph;

fn smtp(url: &str) -> Smtp {
    let url = url.parse().expect("a valid address");
    let sender = "Tributary <tributary@example.com>".parse().expect("a valid sender");
    Smtp::new(&url, sender).expect("a valid address")
}

fn message(to: &str) -> Message {
    Message {
        to: Email::parse(to).expect("a valid address"),
        subject: "Confirm your address".to_owned(),
        paragraphs: vec![Paragraph::Text("Välkommen".to_owned())],
    }
}

#[tokio::test]
async fn mail_server_receives_text_and_html() {
    let server = SmtpServer::start();
    smtp(&server.url())
        .send(Uuid::nil(), &message("ada@example.com"))
        .await
        .expect("it is delivered");
    let received = server.messages().concat();
    for expected in [
        "<tributary@example.com>",
        "To: ada@example.com",
        "Subject: Confirm your address",
        "Message-ID: <00000000-0000-0000-0000-000000000000@example.com>",
        "Auto-Submitted: auto-generated",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: text/html; charset=utf-8",
    ] {
        assert!(received.contains(expected), "no {expected} in {received}");
    }
}

#[tokio::test]
async fn unknown_mailbox_is_a_permanent_error() {
    let server = SmtpServer::start();
    let sent = smtp(&server.url()).send(Uuid::nil(), &message("nobody@example.com")).await;
    assert!(matches!(sent, Err(DeliveryError::Permanent(_))), "{sent:?}");
}

#[tokio::test]
async fn unreachable_mail_server_is_a_transient_error() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address: SocketAddr = listener.local_addr().expect("a bound socket has an address");
    drop(listener);
    let sent =
        smtp(&format!("smtp://{address}")).send(Uuid::nil(), &message("ada@example.com")).await;
    assert!(matches!(sent, Err(DeliveryError::Transient(_))), "{sent:?}");
}

#[test]
fn invalid_settings_are_refused_without_printing_a_password() {
    for text in ["mail.example.com", "http://mail.example.com", "", "smtp://"] {
        assert!(text.parse::<SmtpUrl>().is_err(), "{text}");
    }
    let url: SmtpUrl = "smtps://ada:s3cret@mail.example.com".parse().expect("a valid address");
    assert!(!format!("{url:?}").contains("s3cret"));
    assert!("no address".parse::<Sender>().is_err());
}
