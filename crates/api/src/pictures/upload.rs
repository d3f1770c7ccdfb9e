//! The extractor for uploaded pictures.

use std::num::NonZero;
use std::sync::LazyLock;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use contract::FieldProblem;
use contract::picture::MAX_UPLOAD_BYTES;

use super::thumbnail::{self, PictureError, Thumbnail};
use crate::blocking_gate::BlockingGate;
use crate::error::ApiFailure;
use crate::extract::read_body;

/// How many files are decoded at once, because each takes memory for all its pixels.
const CONCURRENCY: NonZero<usize> = NonZero::new(2).expect("two isn't zero");

/// How long an upload waits for others before it is refused with 503. Until then its file is in memory.
const MAX_WAIT: Duration = Duration::from_secs(10);

static DECODES: LazyLock<BlockingGate> = LazyLock::new(|| BlockingGate::new(CONCURRENCY, MAX_WAIT));

/// Returns the body limit for routes that accept a picture.
pub fn limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_UPLOAD_BYTES)
}

/// An uploaded file. Its `Content-Type` is ignored; the content decides.
#[derive(Clone, Debug)]
pub struct UploadedPicture(Bytes);

impl<S: Send + Sync> FromRequest<S> for UploadedPicture {
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

impl UploadedPicture {
    /// Makes the thumbnail on a blocking thread. Decoding can't be cancelled, and counts until it has
    /// ended, also when the client is gone.
    ///
    /// # Errors
    /// 422 for the field `picture` if the file isn't a supported picture or is too large, 503 when too
    /// many others are decoded.
    pub async fn into_thumbnail(self) -> Result<Thumbnail, ApiFailure> {
        let thumbnail = DECODES.run(move || thumbnail::make_thumbnail(&self.0)).await?;
        thumbnail.map_err(|problem| {
            let code = match problem {
                PictureError::Unreadable => "invalid",
                PictureError::TooManyPixels => "too_many_pixels",
            };
            refusal(code, &problem.to_string())
        })
    }
}

fn refusal(code: &str, message: &str) -> ApiFailure {
    let problem = FieldProblem { code: code.to_owned(), message: message.to_owned() };
    ApiFailure::field("picture", problem)
}
