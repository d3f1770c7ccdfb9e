//! The bytes on the wire (WHATWG HTML, 9.2.5 and 9.2.6).

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// Names that look like parts of the format.
const NAMES: [&str; 3] = ["data: {}", ": ping id: 1 retry: 1", "\\n\\nevent: end\\r"];

#[tokio::test]
async fn every_event_is_complete_and_names_cannot_break_it() {
    let server = TestServer::start().await;
    let (ada, cookie) = raw::sign_up(&server, "Ada").await;
    wait_for_log(&server).await;
    let mut connection = raw::open_stream(&server, &cookie).await;
    let mut text = raw::read_until_live(&mut connection).await;
    let change = async {
        for name in NAMES {
            rename_user(&ada, name).await;
        }
        rename_user(&ada, "The Last").await;
    };
    let (changes, ()) = tokio::join!(raw::read_until(&mut connection, "The Last"), change);
    text += &changes;

    let (head, chunks) = text.split_once("\r\n\r\n").unwrap();
    let (head, body) = (head.to_lowercase(), raw::without_chunk_sizes(chunks));
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert!(!head.contains("content-length"), "{head}");

    assert!(!body.starts_with('\u{feff}'), "no byte order mark");
    assert!(!body.contains('\r'), "one kind of line end");
    let (complete, unfinished) = body.rsplit_once("\n\n").unwrap();
    assert_eq!(unfinished, "", "a frame is sent whole");
    let mut blocks = complete.split("\n\n");
    let retry = blocks.next().unwrap().strip_prefix("retry: ").expect("retry comes first");
    assert!((2_000..=6_000).contains(&retry.parse::<u32>().unwrap()), "{retry}");

    let mut names = Vec::new();
    for block in blocks {
        let [event, id, data] = block.split('\n').collect::<Vec<_>>()[..] else {
            panic!("not three lines: {block:?}")
        };
        let id = id.strip_prefix("id: ").expect("every event has an id");
        assert!(id.is_ascii() && id.len() < 64, "{id}");
        let event = event.strip_prefix("event: ").unwrap();
        let data = data.strip_prefix("data: ").unwrap();
        if let StreamEvent::Change(message) = StreamEvent::parse(event, data).unwrap()
            && let Entity::User(Some(user)) = message.entity
        {
            assert_eq!(id.parse::<Cursor>().unwrap().position, message.position);
            names.push(user.name.to_string());
        }
    }
    assert_eq!(names, [NAMES[0], NAMES[1], NAMES[2], "The Last"]);
}

#[tokio::test]
async fn line_breaks_in_names_are_refused() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    for name in ["a\rb", "a\nb", "a\r\nb", "a\0b", "a\u{85}b", "a\u{2028}b", "a\u{2029}b"] {
        let refused = ada.patch("/me", &json!({ "name": name })).await;
        assert_eq!(refused.status, http::StatusCode::UNPROCESSABLE_ENTITY, "{name:?}: {refused:?}");
    }
}

#[tokio::test]
async fn client_of_http_1_0_gets_a_stream_without_chunks() {
    let server = TestServer::start().await;
    let (_, cookie) = raw::sign_up(&server, "Ada").await;
    wait_for_log(&server).await;
    let mut connection = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let request = format!(
        "GET /me/stream HTTP/1.0\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n",
        server.address()
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let read = async {
        while !String::from_utf8_lossy(&bytes).contains("event: offset") {
            assert_ne!(connection.read_buf(&mut bytes).await.unwrap(), 0, "the stream ended");
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), read).await.unwrap();
    let text = String::from_utf8(bytes).unwrap().to_lowercase();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("transfer-encoding"), "{head}");
    assert!(body.starts_with("retry: "), "{body}");
}

#[tokio::test]
async fn quiet_stream_closes_when_its_reader_leaves() {
    let server = TestServer::start().await;
    let (_, cookie) = raw::sign_up(&server, "Ada").await;
    let first = raw::open_stream(&server, &cookie).await;
    let second = raw::open_stream(&server, &cookie).await;
    raw::wait_until_open(&server, 2).await;
    drop(first);
    let wait_for = async |count: usize| {
        testing::eventually("the stream is closed", async || server.streams_open() == count).await;
    };
    wait_for(1).await;
    drop(second);
    wait_for(0).await;
}
