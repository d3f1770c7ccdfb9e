//! The lines about passkeys and the OpenID provider. `server/tests/process/security_log.rs` has the others, with
//! the server as a process; here the test has an authenticator and a provider.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::Once;

use contract::passkey::PasskeyOptions;
use contract::sign_in_methods::SignInMethods;
use contract::view::Me;
use reqwest::StatusCode;
use reqwest::header::LOCATION;
use serde_json::{Value, json};
use tracing::Level;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;

use super::SecurityKey;
use crate::fixtures::id_of;
use crate::fixtures::passkey::{Authenticator, add, challenge, sign_in};
use crate::fixtures::provider::{CLIENT_SECRET, TestProvider, Visit};
use crate::test_server::TestServer;
use testing::{PASSWORD, Person};

thread_local! {
    /// The lines that this thread has written, while it collects them.
    static LINES: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// The page that lists the events for operators.
const OPERATIONS: &str = include_str!("../../../../docs/operations.md");

/// Collects the lines of this thread, with every target and the level `debug`. The test and its server run on
/// one thread.
struct Log;

struct Line;

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.as_mut().map_or(Ok(bytes.len()), |it| it.write(bytes)))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The subscriber is that of the process: one of a thread misses lines whose place in the code another
    /// thread reaches at the same time, because `tracing` remembers that nobody wants them.
    fn collect() -> Self {
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| {
            let filter = dynamic_filter_fn(|metadata, _| {
                *metadata.level() <= Level::DEBUG && LINES.with_borrow(Option::is_some)
            });
            let lines = tracing_subscriber::fmt::layer().json().flatten_event(true);
            let lines = lines.with_writer(|| Line).with_filter(filter);
            tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines))
                .unwrap();
        });
        LINES.set(Some(Vec::new()));
        Self
    }

    fn text(&self) -> String {
        LINES.with_borrow(|lines| String::from_utf8(lines.clone().unwrap()).unwrap())
    }

    /// The lines of the security log since the last call: event, detail and hash of the account.
    fn take(&self) -> Vec<[String; 3]> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let security = lines.filter(|line| line["target"] == "security");
        let events = security.map(|line| {
            assert_eq!(line["client"], "127.0.0.1", "{line}");
            for name in [&line["event"], &line["detail"]].into_iter().filter_map(Value::as_str) {
                assert!(OPERATIONS.contains(&format!("`{name}`")), "{name} isn't documented");
            }
            ["event", "detail", "account"].map(|its| line[its].as_str().unwrap_or("").to_owned())
        });
        let events = events.collect();
        LINES.set(Some(Vec::new()));
        events
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        LINES.set(None);
    }
}

/// The hash of the person's account.
async fn hash_of(server: &TestServer, person: &Person) -> String {
    let key = SecurityKey::read(&server.database.pool).await.unwrap();
    key.hash_account(id_of(person).await).to_string()
}

fn lines<const N: usize>(expected: [(&str, &str, &str); N]) -> Vec<[String; 3]> {
    expected.map(|(event, detail, account)| [event, detail, account].map(str::to_owned)).to_vec()
}

async fn methods(person: &Person) -> SignInMethods {
    person.get("/me/sign-in-methods").await.ok()
}

#[tokio::test]
async fn passkeys_have_lines_when_they_are_added_used_refused_and_removed() {
    let server = TestServer::start().await;
    let visitor = || Person::new(server.origin_of_localhost());
    let ada = visitor();
    ada.sign_up("Ada", server.mail_folder.path()).await;
    let grace = visitor();
    grace.sign_up("Grace", server.mail_folder.path()).await;
    let account = hash_of(&server, &ada).await;
    let log = Log::collect();

    let mut authenticator = add(&ada, "Planted phone").await;
    let mut copy = authenticator.clone();
    assert_eq!(log.take(), lines([("sign_in_changed", "passkey_added", &account)]));

    let browser = visitor();
    let credential = authenticator.get(&challenge(&browser).await).await;
    let answer = json!({ "credential": credential });
    let _: Me = browser.post("/auth/passkey", &answer).await.ok();
    let whole = log.text();
    assert_eq!(log.take(), lines([("signed_in", "passkey", &account)]));
    let secrets = ["planted phone", "ada@example.com", credential["id"].as_str().unwrap()];
    for secret in secrets {
        assert!(!whole.to_lowercase().contains(&secret.to_lowercase()), "{secret}");
    }

    let refused = async |browser: &Person, authenticator: &mut Authenticator| {
        let reply = sign_in(browser, authenticator).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{reply:?}");
    };
    let used = visitor().post("/auth/passkey", &answer).await;
    assert_eq!(used.status, StatusCode::UNAUTHORIZED);
    assert_eq!(log.take(), lines([("passkey_refused", "unknown_challenge", "")]));
    refused(&visitor(), &mut authenticator.without_verification()).await;
    assert_eq!(log.take(), lines([("passkey_refused", "answer", "")]));
    let _: Me = sign_in(&visitor(), &mut authenticator).await.ok();
    assert_eq!(log.take(), lines([("signed_in", "passkey", &account)]));
    refused(&visitor(), &mut copy).await;
    assert_eq!(log.take(), lines([("passkey_refused", "copy", "")]));

    // Grace proves who she is with Ada's.
    let options: PasskeyOptions = grace.post("/me/proof/passkey/challenge", json!({})).await.ok();
    let body = json!({ "credential": authenticator.get(&options).await });
    assert_eq!(grace.post("/me/proof/passkey", body).await.status, StatusCode::UNAUTHORIZED);
    let of_grace = hash_of(&server, &grace).await;
    assert_eq!(log.take(), lines([("passkey_refused", "unknown_passkey", &of_grace)]));

    let remove = json!({ "passkey": methods(&ada).await.passkeys[0].id });
    ada.post("/me/passkeys/remove", remove).await.no_content();
    assert_eq!(log.take(), lines([("sign_in_changed", "passkey_removed", &account)]));
    refused(&visitor(), &mut authenticator).await;
    assert_eq!(log.take(), lines([("passkey_refused", "unknown_passkey", "")]));
}

/// Goes to the provider by `path`, lets the person of these claims sign in there, and comes back.
async fn visit_provider(
    browser: &Person,
    provider: &TestProvider,
    path: &str,
    name: &str,
    change: impl FnOnce(&mut Value),
) {
    let reply = browser.get(path).await;
    let visit = Visit::read(reply.headers[LOCATION].to_str().unwrap());
    let mut claims = provider.claims(name, &visit);
    change(&mut claims);
    browser.get(&provider.sign_in(&visit, claims)).await;
}

#[tokio::test]
async fn the_provider_has_lines_when_persons_are_linked_signed_in_refused_and_unlinked() {
    const SIGN_IN: &str = "/auth/oidc";
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let account = hash_of(&server, &ada).await;
    let of_grace = hash_of(&server, &grace).await;
    let log = Log::collect();
    let visitor = || server.visitor();

    visit_provider(&visitor(), &provider, SIGN_IN, "Ada", |_| {}).await;
    let first = lines([
        ("sign_in_changed", "provider_linked", &account),
        ("signed_in", "provider", &account),
    ]);
    let whole = log.text().to_lowercase();
    assert_eq!(log.take(), first);
    for secret in ["subject of ada", "ada@example.com", CLIENT_SECRET, "planted access token"] {
        assert!(!whole.contains(secret), "{secret}");
    }
    visit_provider(&visitor(), &provider, SIGN_IN, "Eve", |_| {}).await;
    let created = log.take();
    let names: Vec<_> = created.iter().map(|[event, detail, _]| (&**event, &**detail)).collect();
    assert_eq!(names, [("account_created", ""), ("signed_in", "provider")]);

    // Answers that sign nobody in.
    visitor().get("/auth/oidc/callback?code=planted&state=planted").await;
    assert_eq!(log.take(), lines([("provider_refused", "unknown_request", "")]));
    let other_client = |claims: &mut Value| claims["aud"] = json!("another client");
    visit_provider(&visitor(), &provider, SIGN_IN, "Ada", other_client).await;
    assert_eq!(log.take(), lines([("provider_refused", "answer", "")]));
    let unverified = |claims: &mut Value| claims["email_verified"] = json!(false);
    visit_provider(&visitor(), &provider, SIGN_IN, "Grace", unverified).await;
    assert_eq!(log.take(), lines([("provider_refused", "email_unverified", "")]));
    server.database.execute("delete from confirmed_emails").await;
    visit_provider(&visitor(), &provider, SIGN_IN, "Grace", |_| {}).await;
    assert_eq!(log.take(), lines([("provider_refused", "account_unconfirmed", "")]));

    // Answers that prove nothing, and that link nobody.
    let confirm = "/auth/oidc/confirm?next=%2Faccount";
    visit_provider(&ada, &provider, confirm, "Eve", |_| {}).await;
    assert_eq!(log.take(), lines([("provider_refused", "other_person", &account)]));
    let former = |claims: &mut Value| {
        claims["auth_time"] = json!(claims["auth_time"].as_i64().unwrap() - 120);
    };
    visit_provider(&ada, &provider, confirm, "Ada", former).await;
    assert_eq!(log.take(), lines([("provider_refused", "not_recent", &account)]));
    visit_provider(&grace, &provider, "/auth/oidc/link", "Linus", |_| {}).await;
    assert_eq!(log.take(), lines([("provider_refused", "other_address", &of_grace)]));

    let identity = methods(&ada).await.identities[0].id;
    ada.post("/me/proof", json!({ "password": PASSWORD })).await.no_content();
    let unlink = json!({ "identity": identity });
    ada.post("/me/sign-in-methods/unlink", unlink).await.no_content();
    assert_eq!(log.take(), lines([("sign_in_changed", "provider_unlinked", &account)]));
    visit_provider(&visitor(), &provider, SIGN_IN, "Ada", |_| {}).await;
    assert_eq!(log.take(), lines([("provider_refused", "unlinked", "")]));
}
