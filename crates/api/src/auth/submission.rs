//! What a page sends to sign up, in or out: JSON from a script, or a form when scripts are off.

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use contract::view::Me;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::local_path::LocalPath;
use crate::error::ApiFailure;
use crate::extract::{decode, decode_json, form_fields, has_content_type, read_body};
use crate::wire;

/// What was sent, and how.
#[derive(Debug)]
pub struct Submission<T> {
    /// What was sent. A form's faults are answered by its page, so they don't end the request.
    pub content: Result<T, ApiFailure>,
    /// How, which is how it is answered.
    pub via: Via,
}

/// How something was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// By a script, which reads the answer.
    Script,
    /// By a form. The browser shows what the answer leads to.
    Form(Form),
}

/// What a form's answer needs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    next: Option<LocalPath>,
    kept: Vec<(&'static str, String)>,
}

/// What a form page gets back so that nothing has to be typed again. Never a password.
const KEPT_FIELDS: [&str; 4] = ["name", "email", "invitation", "next"];

impl Form {
    fn new(fields: &Map<String, Value>) -> Self {
        let text = |name| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let kept = KEPT_FIELDS.into_iter().filter_map(|name| Some((name, text(name)?.to_owned())));
        Self { next: text("next").and_then(LocalPath::parse), kept: kept.collect() }
    }

    fn back_to(&self, page: &str, failure: &ApiFailure) -> Redirect {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("error", &wire::text(&failure.code()));
        if let ApiFailure::InvalidFields(fields) = failure {
            query.extend_pairs(fields.keys().map(|name| ("field", name)));
        }
        query.extend_pairs(&self.kept);
        Redirect::to(&format!("{page}?{}", query.finish()))
    }
}

impl Via {
    /// Answers what came of signing in or up.
    pub fn answer_entry(
        self,
        page: &'static str,
        outcome: Result<(CookieJar, Me), ApiFailure>,
    ) -> Response {
        match (self, outcome) {
            (Self::Script, Ok((cookie, me))) => (cookie, Json(me)).into_response(),
            (Self::Form(form), Ok((cookie, _))) => {
                let next = form.next.unwrap_or_else(LocalPath::home);
                (cookie, Redirect::to(next.as_str())).into_response()
            }
            (Self::Script, Err(failure)) => failure.into_response(),
            // Nothing that the person could mend in the form.
            (Self::Form(_), Err(failure)) if failure.status().is_server_error() => {
                failure.into_response()
            }
            (Self::Form(form), Err(failure)) => form.back_to(page, &failure).into_response(),
        }
    }

    /// Answers that the person is signed out.
    pub fn answer_exit(self, cookie: CookieJar) -> Response {
        match self {
            Self::Script => (cookie, StatusCode::NO_CONTENT).into_response(),
            Self::Form(form) => {
                let next = form.next.unwrap_or_else(LocalPath::home);
                (cookie, Redirect::to(next.as_str())).into_response()
            }
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Submission<T> {
    type Rejection = ApiFailure;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiFailure> {
        let is_form = has_content_type(request.headers(), "application/x-www-form-urlencoded");
        let body = read_body(request, state).await?;
        if is_form {
            let fields = form_fields(&body);
            let via = Via::Form(Form::new(&fields));
            return Ok(Self { content: decode(Value::Object(fields)), via });
        }
        // Signing out needs no words.
        let body = if body.is_empty() { b"{}" } else { &body[..] };
        Ok(Self { content: decode_json(body), via: Via::Script })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::{CONTENT_TYPE, LOCATION};
    use contract::request::SignIn;

    use super::*;

    async fn form(text: &'static str) -> Submission<SignIn> {
        let request = Request::post("/auth/sign-in")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(text.into())
            .unwrap();
        Submission::from_request(request, &()).await.unwrap()
    }

    fn location(response: &Response) -> &str {
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        response.headers()[LOCATION].to_str().unwrap()
    }

    #[tokio::test]
    async fn a_wrong_form_leads_back_to_its_page_with_what_was_typed_but_the_password() {
        let sent = form("email=ada%2Bx%40example.com&password=tiny&next=%2Fo%2Fnorth").await;
        let failure = sent.content.unwrap_err();
        let response = sent.via.answer_entry("/sign-in", Err(failure));
        assert_eq!(
            location(&response),
            "/sign-in?error=invalid_fields&field=password&email=ada%2Bx%40example.com&next=%2Fo%2Fnorth"
        );
    }

    #[tokio::test]
    async fn a_form_goes_on_to_a_path_of_this_site_only() {
        let jar = CookieJar::new();
        let local = form("email=ada%40example.com&password=correct+horse&next=%2Fo%2Fnorth").await;
        assert_eq!(local.content.unwrap().password.reveal(), "correct horse");
        assert_eq!(location(&local.via.answer_exit(jar.clone())), "/o/north");
        let foreign =
            form("email=a%40example.com&password=correct+horse&next=//evil.example").await;
        assert_eq!(location(&foreign.via.answer_exit(jar)), "/home");
    }

    #[tokio::test]
    async fn our_own_faults_are_not_the_forms() {
        let sent = form("email=ada%40example.com&password=correct+horse").await;
        let response = sent.via.answer_entry("/sign-in", Err(ApiFailure::internal("no disk")));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
