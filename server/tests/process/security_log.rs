//! The security log of a flow with every event, and that no line of any target has a secret of it.

use std::fs::File;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;

use contract::request::EXPECTED_USER_HEADER;
use contract::view::{InvitationView, List, Me, SessionView};
use reqwest::{Client, Method, StatusCode, header};
use serde_json::{Value, json};
use testing::{PASSWORD, Person, Sandbox, eventually, read_link, token_of};

use crate::program::{Program, command};

const NEW_PASSWORD: &str = "another planted battery";
const CHOSEN_PASSWORD: &str = "a third planted battery";
const MAX_CONNECTIONS: usize = 64;

/// The people of the flow, and what they know.
struct Flow<'a> {
    origin: String,
    mail: &'a Path,
    /// Texts that must not be in any line, in lower case.
    secrets: Vec<String>,
}

impl Flow<'_> {
    fn visitor(&self) -> Person {
        Person::new(self.origin.clone())
    }

    /// Opens the newest link to the page that was mailed to `email`. Returns its token.
    async fn token(&mut self, email: &str, page: &str) -> String {
        let link = read_link(self.mail, email, page).await;
        let token = token_of(&link).to_owned();
        self.secrets.push(token.to_lowercase());
        token
    }

    async fn sign_up(&mut self, name: &str) -> Person {
        let person = self.visitor();
        let reply = person.sign_up(name, self.mail).await;
        let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap();
        let (_, token) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        self.secrets.push(token.to_lowercase());
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        self.token(&email, "sign-up").await;
        person
    }

    async fn sign_in(&self, person: &Person, email: &str, password: &str) -> StatusCode {
        person.post("/auth/sign-in", json!({ "email": email, "password": password })).await.status
    }

    /// Sign-ins, refused and accepted, and ended sessions.
    async fn sessions(&mut self, ada: &Person) {
        let [phone, tablet] = [self.visitor(), self.visitor()];
        let nobody = "planted.nobody@example.com";
        let email = "planted.ada@example.com";
        assert_eq!(self.sign_in(&phone, email, "planted guess").await, 401);
        assert_eq!(self.sign_in(&phone, nobody, "planted guess").await, 401);
        assert_eq!(self.sign_in(&phone, email, PASSWORD).await, 200);
        assert_eq!(self.sign_in(&tablet, email, PASSWORD).await, 200);
        let sessions: List<SessionView> = phone.get("/me/sessions").await.ok();
        let own = sessions.items.iter().find(|session| session.current).unwrap();
        ada.delete(&format!("/me/sessions/{}", own.id)).await.no_content();
        tablet.post("/auth/sign-out", json!({})).await.no_content();
        ada.delete("/me/sessions").await.no_content();
    }

    /// A changed password, a changed address, and a forgotten password.
    async fn credentials(&mut self, ada: &Person) {
        let change = |current| json!({ "current": current, "new": NEW_PASSWORD });
        assert_eq!(ada.post("/me/password", change("planted guess")).await.status, 422);
        ada.post("/me/password", change(PASSWORD)).await.no_content();
        let email = "planted.lovelace@example.com";
        let body = json!({ "email": email, "password": NEW_PASSWORD });
        assert_eq!(ada.post("/me/email", body).await.status, 202);
        let token = self.token(email, "confirm-email").await;
        assert!(ada.post("/auth/confirm-email", json!({ "token": token })).await.status == 204);

        assert_eq!(ada.post("/auth/recover", json!({ "email": email })).await.status, 202);
        let token = self.token(email, "reset-password").await;
        let body = json!({ "token": token, "password": CHOSEN_PASSWORD });
        let _: Me = ada.post("/auth/reset-password", &body).await.ok();
        assert_eq!(ada.post("/auth/reset-password", &body).await.status, 410);
    }

    /// Requests that are refused for what they are.
    async fn refusals(&mut self, ada: &Person) {
        let grace = self.sign_up("Planted Grace").await;
        let body = json!({ "name": "Planted North", "slug": "planted-north" });
        let _: Value = ada.post("/organizations", body).await.ok();
        let body = json!({ "emails": ["planted.grace@example.com"], "role": "member" });
        let _: Value = ada.post("/organizations/planted-north/invitations", body).await.ok();
        let invitations: List<InvitationView> = grace.get("/me/invitations").await.ok();
        let path = format!("/invitations/{}/accept", invitations.items[0].id);
        let _: Value = grace.post(&path, json!({})).await.ok();
        let rename = json!({ "name": "Planted South" });
        assert_eq!(grace.patch("/organizations/planted-north", rename).await.status, 403);

        let request = || ada.request(Method::POST, "/organizations").json(&json!({}));
        let other = "018f0000-0000-7000-8000-000000000000";
        for (expected, request) in [
            (409, request().header(EXPECTED_USER_HEADER, other)),
            (421, request().header(header::HOST, "planted.example")),
        ] {
            assert_eq!(ada.send(request).await.status, expected);
        }
        for (name, value) in
            [("sec-fetch-site", "cross-site"), ("origin", "http://planted.example")]
        {
            let request = Client::new().post(format!("{}/organizations", self.origin));
            let reply = request.header(name, value).json(&json!({})).send().await.unwrap();
            assert_eq!(reply.status(), StatusCode::FORBIDDEN, "{name}: {value}");
        }
    }

    /// The limit of an email address, and a client behind a trusted proxy. Returns more connections than an
    /// address may have.
    async fn limits(&self, address: &str) -> Vec<TcpStream> {
        let body = json!({ "email": "planted.eve@example.com" });
        assert_eq!(self.visitor().post("/auth/recover", &body).await.status, 202);
        assert_eq!(self.visitor().post("/auth/recover", &body).await.status, 429);
        let behind_proxy =
            Client::builder().local_address(Some(Ipv4Addr::new(127, 0, 0, 2).into()));
        let request = behind_proxy.build().unwrap().post(format!("{}/auth/sign-in", self.origin));
        let body = json!({ "email": "planted.eve@example.com", "password": "planted guess" });
        let forwarded = request.header("x-forwarded-for", "203.0.113.7").json(&body);
        assert_eq!(forwarded.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);

        let connections = (0..MAX_CONNECTIONS + 4).map(|_| TcpStream::connect(address).unwrap());
        connections.collect()
    }
}

/// The lines of the security log.
fn security_lines(log: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.filter(|line: &Value| line["target"] == "security").collect()
}

fn text<'a>(line: &'a Value, field: &str) -> &'a str {
    line[field].as_str().unwrap_or_default()
}

#[tokio::test]
async fn every_event_has_a_line_with_hashes_and_no_line_has_a_secret() {
    let (sandbox, folder) = (Sandbox::new(), tempfile::tempdir().unwrap());
    let path = folder.path().join("log");
    let mut command = command(&sandbox);
    command
        .env("LOG_FORMAT", "json")
        .env("RUST_LOG", "debug")
        .env("TRUSTED_PROXIES", "127.0.0.2")
        .env("LIMITS", "recovery-by-account=1/1h")
        .env("MAX_CONNECTIONS_PER_ADDRESS", MAX_CONNECTIONS.to_string());
    let mut program = Program::spawn(command.stderr(File::create(&path).unwrap()));
    let address = program.address();
    let (data_dir, password) = (sandbox.data_dir(), PASSWORD.to_owned());
    let mut flow = Flow {
        origin: format!("http://{address}"),
        mail: &data_dir.join("mail"),
        secrets: vec!["planted".to_owned(), password],
    };
    let ada = flow.sign_up("Planted Ada").await;
    flow.sessions(&ada).await;
    flow.credentials(&ada).await;
    flow.refusals(&ada).await;
    let connections = flow.limits(&address).await;
    let read = || std::fs::read_to_string(&path).unwrap();
    eventually("a connection is refused", async || read().contains("connection_refused")).await;
    drop(connections);
    eventually("there is room again", async || {
        Client::new()
            .get(format!("{}/healthz", flow.origin))
            .send()
            .await
            .is_ok_and(|reply| reply.status() == StatusCode::OK)
    })
    .await;
    let organization: Value = ada.get("/organizations/planted-north").await.ok();
    let path_of = format!("/organizations/{}", organization["id"].as_str().unwrap());
    assert!(ada.delete(&path_of).await.status.is_success());
    ada.delete("/me").await.no_content();
    program.stop().await;

    let log = read();
    let lower = log.to_lowercase();
    for secret in &flow.secrets {
        let line = lower.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "it contains {secret}");
    }
    let lines = security_lines(&log);
    let events: Vec<_> =
        lines.iter().map(|line| (text(line, "event"), text(line, "detail"))).collect();
    let grace_signs_up = [("account_created", ""), ("signed_in", "sign_up_link")];
    let expected = [
        &grace_signs_up[..],
        &[
            ("sign_in_refused", "wrong_password"),
            ("sign_in_refused", "no_account"),
            ("signed_in", "password"),
            ("signed_in", "password"),
            ("sessions_ended", "one"),
            ("signed_out", ""),
            ("sessions_ended", "others"),
            ("password_refused", ""),
            ("password_changed", ""),
            ("sessions_ended", "others"),
            ("email_changed", ""),
            ("sessions_ended", "others"),
            ("email_confirmed", ""),
            ("recovery_requested", ""),
            ("password_changed", ""),
            ("sessions_ended", "all"),
            ("signed_in", "reset_link"),
            ("link_refused", ""),
        ],
        &grace_signs_up[..],
        &[
            ("forbidden", ""),
            ("other_account", ""),
            ("unknown_host", ""),
            ("cross_site", ""),
            ("unknown_origin", ""),
            ("recovery_requested", ""),
            ("limit_exceeded", "recovery-by-account"),
            ("sign_in_refused", "no_account"),
            ("connection_refused", ""),
            ("account_deleted", ""),
        ],
    ]
    .concat();
    assert_eq!(events, expected, "{lines:#?}");

    for line in &lines {
        let is_forwarded = line["event"] == "sign_in_refused" && line["client"] == "203.0.113.7";
        assert!(line["client"] == "127.0.0.1" || is_forwarded, "{line}");
        let spans = line["spans"].as_array();
        let is_of_request =
            spans.is_some_and(|spans| spans.iter().any(|it| it["request_id"].is_string()));
        assert!(line["event"] == "connection_refused" || is_of_request, "{line}");
        for field in ["account", "email"] {
            assert!(line[field].is_null() || text(line, field).len() == 32, "{line}");
        }
    }
    assert_eq!(lines.iter().filter(|line| line["client"] == "203.0.113.7").count(), 1);
    let of = |event: &str, field: &str| {
        text(lines.iter().find(|line| line["event"] == event).unwrap(), field).to_owned()
    };
    let account = of("account_created", "account");
    assert_eq!(account.len(), 32);
    for event in
        ["signed_in", "password_changed", "sessions_ended", "account_deleted", "cross_site"]
    {
        let expected = if event == "cross_site" { "" } else { &*account };
        assert_eq!(of(event, "account"), expected, "{event}");
    }
    assert_eq!(of("sign_in_refused", "email"), of("account_created", "email"));
    assert_ne!(of("email_changed", "email"), of("account_created", "email"));
    assert_ne!(of("forbidden", "account"), account, "it was somebody else");
}
