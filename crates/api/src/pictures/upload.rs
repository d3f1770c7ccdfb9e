//! What is uploaded as a picture.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use contract::FieldProblem;
use contract::picture::MOST_BYTES;
use tokio::sync::Semaphore;

use super::drawing::{self, Drawing, NoPicture};
use crate::error::ApiFailure;
use crate::extract::read_body;

/// How many are drawn at once: each takes memory for all its pixels.
static TURNS: Semaphore = Semaphore::const_new(2);

/// For the routes that take a picture.
pub fn limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MOST_BYTES)
}

/// A file that may be a picture. What it claims to be isn't asked; it is read.
#[derive(Clone, Debug)]
pub struct Uploaded(Bytes);

impl<S: Send + Sync> FromRequest<S> for Uploaded {
    type Rejection = ApiFailure;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiFailure> {
        match read_body(request, state).await {
            Ok(body) => Ok(Self(body)),
            Err(ApiFailure::TooLarge) => {
                Err(refusal("too_large", "This file is too large. Choose one up to 2 MB."))
            }
            Err(failure) => Err(failure),
        }
    }
}

impl Uploaded {
    /// Draws it, aside from the requests that others wait for.
    ///
    /// # Errors
    /// At the field `picture`, when it isn't one or is too large.
    pub async fn draw(self) -> Result<Drawing, ApiFailure> {
        let _turn = TURNS.acquire().await.expect("nobody closes the semaphore");
        let drawn = tokio::task::spawn_blocking(move || drawing::draw(&self.0)).await;
        drawn.map_err(ApiFailure::internal)?.map_err(|problem| {
            let code = match problem {
                NoPicture::Unreadable => "invalid",
                NoPicture::TooManyPixels => "too_many_pixels",
            };
            refusal(code, &problem.to_string())
        })
    }
}

fn refusal(code: &str, message: &str) -> ApiFailure {
    let problem = FieldProblem { code: code.to_owned(), message: message.to_owned() };
    ApiFailure::field("picture", problem)
}
