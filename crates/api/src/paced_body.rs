//! Bodies of requests that have to arrive at a minimum speed, so that a slow sender can't hold a connection
//! and its buffers.

use std::error::Error;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody};
use futures::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};

/// The minimum speed of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How much longer than at the minimum speed a body may take.
    grace: Duration,
    bytes_per_second: f64,
}

impl Default for Pace {
    /// Returns 4 KiB/s, which a slow mobile network exceeds.
    fn default() -> Self {
        Self { grace: Duration::from_secs(10), bytes_per_second: 4096.0 }
    }
}

/// The body arrived too slowly.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body of the request arrived too slowly")]
pub(crate) struct TooSlow;

/// Wraps the body so that it fails with [`TooSlow`] when it arrives below the minimum speed.
pub(crate) fn require_pace(body: Body, pace: Pace) -> Body {
    if body.is_end_stream() {
        return body;
    }
    let begun = Instant::now();
    let state = Some((body.into_data_stream(), 0_u32));
    Body::from_stream(stream::unfold(
        state,
        move |state: Option<(BodyDataStream, u32)>| async move {
            let (mut data, received) = state?;
            let allowed = f64::from(received) / pace.bytes_per_second;
            let deadline = begun + pace.grace + Duration::from_secs_f64(allowed);
            match timeout_at(deadline, data.next()).await {
                Ok(Some(Ok(bytes))) => {
                    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                    Some((Ok(bytes), Some((data, received.saturating_add(length)))))
                }
                Ok(Some(Err(error))) => Some((Err(error), None)),
                Ok(None) => None,
                Err(_) => Some((Err(axum::Error::new(TooSlow)), None)),
            }
        },
    ))
}

/// Whether the error of a body, or one of its sources, is [`TooSlow`].
pub(crate) fn is_too_slow(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<TooSlow>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::{Bytes, to_bytes};

    use super::*;

    /// Chunks of ten bytes, each after `delay`.
    fn body(chunks: usize, delay: Duration) -> Body {
        Body::from_stream(stream::unfold(0, move |sent| async move {
            if sent == chunks {
                return None;
            }
            tokio::time::sleep(delay).await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b"0123456789")), sent + 1))
        }))
    }

    const PACE: Pace = Pace { grace: Duration::from_millis(500), bytes_per_second: 100.0 };

    #[tokio::test]
    async fn steady_body_may_take_longer_than_the_grace() {
        let begun = Instant::now();
        let body = require_pace(body(30, Duration::from_millis(20)), PACE);
        assert_eq!(to_bytes(body, usize::MAX).await.unwrap().len(), 300);
        assert!(begun.elapsed() > PACE.grace);
    }

    #[tokio::test]
    async fn slow_body_fails_although_it_never_stops() {
        let body = require_pace(body(2000, Duration::from_millis(150)), PACE);
        let error = to_bytes(body, usize::MAX).await.unwrap_err();
        assert!(is_too_slow(&error), "{error:?}");
    }

    #[tokio::test]
    async fn body_that_stops_fails_after_the_grace() {
        let begun = Instant::now();
        let body = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let error = to_bytes(require_pace(body, PACE), usize::MAX).await.unwrap_err();
        assert!(is_too_slow(&error), "{error:?}");
        assert!(begun.elapsed() >= PACE.grace);
    }
}
