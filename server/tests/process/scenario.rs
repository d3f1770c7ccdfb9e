//! Requests, a change and a stream, full of texts that must reach neither the log nor a collector.

use std::path::Path;

use contract::event::StreamEvent;
use contract::note::NoteView;
use contract::view::{InvitationView, InviteResult, List, Me, OrganizationView};
use reqwest::{Method, StatusCode, header};
use serde_json::json;
use testing::{PASSWORD, Person, Reply, read_link, token_of};

const REQUEST_ID: &str = "x-request-id";

/// The ids of what was done, and what must not be found.
pub struct Scenario {
    pub user_id: String,
    pub organization_id: String,
    /// The server's name of the request that created the note.
    pub note_request: String,
    /// In lower case.
    secrets: Vec<String>,
}

impl Scenario {
    /// Runs it on a new server with that data folder.
    pub async fn run(address: &str, data_dir: &Path) -> Self {
        let mail_folder = data_dir.join("mail");
        let origin = format!("http://{address}");
        let ada = Person::new(origin.clone());
        ada.sign_up("Planted Ada", &mail_folder).await;
        let me: Me = ada.get("/me").await.ok();
        let organization = json!({ "name": "Planted North", "slug": "planted-north" });
        let organization: OrganizationView = ada.post("/organizations", organization).await.ok();

        let mut stream = ada.organization_stream(organization.id, None).await;
        let notes = "/organizations/planted-north/notes";
        let note = ada
            .request(Method::POST, notes)
            .header(REQUEST_ID, "planted-request-name")
            .json(&json!({ "title": "Planted title", "body": "Planted body" }));
        let note = ada.send(note).await;
        let _: NoteView = note.ok();
        while !matches!(stream.next_event().await.1, StreamEvent::Change(_)) {}
        drop(stream);

        let link = invite(&ada).await;
        let guest = Person::new(origin.clone());
        let by_token = link.replace("/invitations/", "/invitations/token/");
        let _: InvitationView = guest.get(&by_token).await.ok();
        let page = guest.request(Method::GET, &link).header(header::ACCEPT, "text/html");
        assert_eq!(guest.send(page).await.status, StatusCode::OK);
        assert!(ada.get("/me/menu?planted=query").await.status.is_success());

        let credentials =
            |password| json!({ "email": "planted.ada@example.com", "password": password });
        let refused = guest.post("/auth/sign-in", credentials("planted wrong password")).await;
        assert!(refused.status.is_client_error());
        let token = session_token(&guest.post("/auth/sign-in", credentials(PASSWORD)).await);
        let recover = json!({ "email": "planted.ada@example.com" });
        assert!(guest.post("/auth/recover", recover).await.status.is_success());
        let reset = read_link(&mail_folder, "planted.ada@example.com", "reset-password").await;
        let page = guest.request(Method::GET, &reset).header(header::ACCEPT, "text/html");
        assert_eq!(guest.send(page).await.status, StatusCode::OK);
        let sign_up = read_link(&mail_folder, "planted.ada@example.com", "sign-up").await;
        let mailed = [&reset, &sign_up].map(|link| token_of(link).to_owned());
        let invitation_token = link.rsplit('/').next().unwrap().to_lowercase();
        Self {
            user_id: me.user.id.to_string(),
            organization_id: organization.id.to_string(),
            note_request: note.headers[REQUEST_ID].to_str().unwrap().to_owned(),
            secrets: ["planted".to_owned(), PASSWORD.to_owned(), token, invitation_token]
                .into_iter()
                .chain(mailed)
                .collect(),
        }
    }

    /// Panics when a secret is in the text.
    #[track_caller]
    pub fn assert_no_secret_in(&self, text: &str) {
        let text = text.to_lowercase();
        for secret in &self.secrets {
            if let Some(at) = text.find(secret.as_str()) {
                let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
                panic!("found {secret:?} in {:?}", text[line..].lines().next());
            }
        }
    }
}

/// Invites someone without an account. Returns the path of the link.
async fn invite(admin: &Person) -> String {
    let invite = json!({ "emails": ["planted.guest@example.com"], "role": "member" });
    let invited: List<InviteResult> =
        admin.post("/organizations/planted-north/invitations", invite).await.ok();
    invited.items.into_iter().next().and_then(|result| result.link).unwrap()
}

fn session_token(reply: &Reply) -> String {
    assert!(reply.status.is_success(), "{reply:?}");
    let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap();
    let (_, token) = cookie.split(';').next().unwrap().split_once('=').unwrap();
    assert!(token.len() > 20, "{cookie}");
    token.to_lowercase()
}
