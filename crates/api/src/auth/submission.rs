//! The body of a request to sign up, in or out: JSON from a script, or a form without JavaScript.

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use contract::account_link::LinkPurpose;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::first_step::SignInOutcome;
use super::local_path::LocalPath;
use crate::error::ApiFailure;
use crate::extract::{decode, decode_json, form_fields, has_content_type, read_body};
use crate::response_headers::CLEAR_CACHE;
use crate::token::Token;
use crate::wire;

/// The parsed body, and the way it was sent.
#[derive(Debug)]
pub struct Submission<T> {
    /// The body. An error doesn't reject the request here, because a form is redirected to its page.
    pub content: Result<T, ApiFailure>,
    /// The way the body was sent, which decides the form of the response.
    pub kind: SubmissionKind,
}

/// The way a body was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmissionKind {
    /// By a script, which reads a JSON response.
    Script,
    /// By a form. The response is a redirect.
    Form(Form),
}

/// The fields of a form that the redirect needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    next: Option<LocalPath>,
    /// The token of a link, which is part of its page's path.
    token: Option<Token>,
    returned_fields: Vec<(&'static str, String)>,
}

/// The fields that a form's page gets back, so that users needn't type them again. Never a password.
const RETURNED_FIELDS: [&str; 4] = ["name", "email", "invitation", "next"];

impl Form {
    fn new(fields: &Map<String, Value>) -> Self {
        let text = |name| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let returned_fields =
            RETURNED_FIELDS.into_iter().filter_map(|name| Some((name, text(name)?.to_owned())));
        Self {
            next: text("next").and_then(LocalPath::parse),
            token: text("token").and_then(Token::parse),
            returned_fields: returned_fields.collect(),
        }
    }

    /// Returns the page of the second step of a sign-in.
    fn code_page(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        match &self.next {
            Some(next) => {
                query.append_pair("next", next.as_str());
                format!("/sign-in/code?{}", query.finish())
            }
            None => "/sign-in/code".to_owned(),
        }
    }

    fn redirect_back(&self, page: &str, failure: &ApiFailure) -> Redirect {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("error", &wire::to_text(&failure.code()));
        if let ApiFailure::InvalidFields(fields) = failure {
            query.extend_pairs(fields.keys().map(|name| ("field", name)));
        }
        query.extend_pairs(&self.returned_fields);
        Redirect::to(&format!("{page}?{}", query.finish()))
    }
}

impl SubmissionKind {
    /// Creates the submission of a visit without a body, which continues to `next`. It is answered like
    /// a form.
    #[must_use]
    pub fn visit(next: Option<LocalPath>) -> Self {
        let returned = next.as_ref().map(|next| ("next", next.as_str().to_owned()));
        Self::Form(Form { next, token: None, returned_fields: returned.into_iter().collect() })
    }

    /// Responds to signing in or up. `page` is the path of the form's page.
    pub fn respond_signed_in(
        self,
        page: &str,
        outcome: Result<SignInOutcome, ApiFailure>,
    ) -> Response {
        match (self, outcome) {
            (Self::Script, Ok(SignInOutcome::SignedIn(cookie, me))) => {
                (cookie, Json(me)).into_response()
            }
            (Self::Form(form), Ok(SignInOutcome::SignedIn(cookie, _))) => {
                let next = form.next.unwrap_or_else(LocalPath::home);
                (cookie, Redirect::to(next.as_str())).into_response()
            }
            (Self::Script, Ok(SignInOutcome::CodeRequired(cookie))) => {
                (cookie, StatusCode::ACCEPTED).into_response()
            }
            (Self::Form(form), Ok(SignInOutcome::CodeRequired(cookie))) => {
                (cookie, Redirect::to(&form.code_page())).into_response()
            }
            (kind, Err(failure)) => kind.respond_failed(page, failure),
        }
    }

    /// Responds to a change that has no other answer: a form is redirected to its `next`.
    pub fn respond_done(self, page: &str, outcome: Result<(), ApiFailure>) -> Response {
        match (self, outcome) {
            (Self::Script, Ok(())) => StatusCode::NO_CONTENT.into_response(),
            (Self::Form(form), Ok(())) => {
                Redirect::to(form.next.unwrap_or_else(LocalPath::home).as_str()).into_response()
            }
            (kind, Err(failure)) => kind.respond_failed(page, failure),
        }
    }

    /// Sets the page to which a form without `next` is redirected.
    #[must_use]
    pub fn or_next(mut self, page: &str) -> Self {
        if let Self::Form(form) = &mut self {
            form.next = form.next.take().or_else(|| LocalPath::parse(page));
        }
        self
    }

    /// Responds to a request that sends a message, whether or not it does.
    pub fn respond_mail_sent(self, page: &str, outcome: Result<(), ApiFailure>) -> Response {
        match (self, outcome) {
            (Self::Script, Ok(())) => StatusCode::ACCEPTED.into_response(),
            (Self::Form(_), Ok(())) => Redirect::to("/check-mail").into_response(),
            (kind, Err(failure)) => kind.respond_failed(page, failure),
        }
    }

    /// Responds to the confirmation of an address.
    pub fn respond_confirmed(self, page: &str, outcome: Result<CookieJar, ApiFailure>) -> Response {
        match (self, outcome) {
            (Self::Script, Ok(cookie)) => (cookie, StatusCode::NO_CONTENT).into_response(),
            (Self::Form(_), Ok(cookie)) => {
                (cookie, Redirect::to("/email-confirmed")).into_response()
            }
            (kind, Err(failure)) => kind.respond_failed(page, failure),
        }
    }

    fn respond_failed(self, page: &str, failure: ApiFailure) -> Response {
        match self {
            // The user can't correct a server error in the form.
            Self::Form(form) if failure.is_shown_with_form() => {
                failure.log();
                form.redirect_back(page, &failure).into_response()
            }
            Self::Script | Self::Form(_) => failure.into_response(),
        }
    }

    /// Returns the path of the page of the link whose token was sent.
    #[must_use]
    pub fn link_page(&self, purpose: LinkPurpose) -> String {
        match self {
            Self::Form(Form { token: Some(token), .. }) => purpose.link(&token.reveal()),
            Self::Form(_) | Self::Script => purpose.path().to_owned(),
        }
    }

    /// Responds to signing out.
    pub fn respond_signed_out(self, cookie: CookieJar) -> Response {
        match self {
            Self::Script => (cookie, [CLEAR_CACHE], StatusCode::NO_CONTENT).into_response(),
            Self::Form(form) => {
                let next = form.next.unwrap_or_else(LocalPath::home);
                (cookie, [CLEAR_CACHE], Redirect::to(next.as_str())).into_response()
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
            let kind = SubmissionKind::Form(Form::new(&fields));
            return Ok(Self { content: decode(Value::Object(fields)), kind });
        }
        // A script signs out with an empty body.
        let body = if body.is_empty() { b"{}" } else { &body[..] };
        Ok(Self { content: decode_json(body), kind: SubmissionKind::Script })
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
    async fn invalid_form_redirects_back_with_its_fields_except_the_password() {
        let sent = form("email=ada%2Bx%40example.com&password=tiny&next=%2Fo%2Fnorth").await;
        let failure = sent.content.unwrap_err();
        let response = sent.kind.respond_signed_in("/sign-in", Err(failure));
        assert_eq!(
            location(&response),
            "/sign-in?error=invalid_fields&field=password&email=ada%2Bx%40example.com&next=%2Fo%2Fnorth"
        );
    }

    #[tokio::test]
    async fn form_redirects_only_to_local_paths() {
        let jar = CookieJar::new();
        let local = form("email=ada%40example.com&password=correct+horse&next=%2Fo%2Fnorth").await;
        assert_eq!(local.content.unwrap().password.reveal(), "correct horse");
        assert_eq!(location(&local.kind.respond_signed_out(jar.clone())), "/o/north");
        let foreign =
            form("email=a%40example.com&password=correct+horse&next=//evil.example").await;
        assert_eq!(location(&foreign.kind.respond_signed_out(jar)), "/home");
    }

    #[tokio::test]
    async fn server_error_does_not_redirect_back() {
        let sent = form("email=ada%40example.com&password=correct+horse").await;
        let response =
            sent.kind.respond_signed_in("/sign-in", Err(ApiFailure::internal("no disk")));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
