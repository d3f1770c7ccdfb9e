//! Many open streams at once.

use std::net::SocketAddr;

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::error::BenchError;
use crate::population::Person;
use crate::sse::{EventSource, Next};

/// Streams that are being opened at the same time.
const OPENING_AT_ONCE: usize = 64;

/// Opens a stream for each person and waits until each is live.
///
/// # Errors
/// When one is refused.
pub async fn open_all(
    address: SocketAddr,
    people: &[Person],
) -> Result<Vec<EventSource>, BenchError> {
    stream::iter(people)
        .map(|person| async move {
            let mut source = EventSource::open(address, &person.cookie, None).await?;
            wait_until_live(&mut source).await?;
            Ok(source)
        })
        .buffered(OPENING_AT_ONCE)
        .try_collect()
        .await
}

/// Reads until `offset`. Returns the cursor that it names, and how many changes came before it.
///
/// # Errors
/// When the stream ends.
pub async fn wait_until_live(source: &mut EventSource) -> Result<(String, usize), BenchError> {
    let mut cursor = String::new();
    let mut changes = 0;
    source
        .read(|event| {
            match event.name {
                "change" => changes += 1,
                "offset" => {
                    let parsed: serde_json::Value = serde_json::from_str(event.data)
                        .map_err(|error| BenchError::StreamEnded(error.to_string()))?;
                    cursor = parsed["cursor"].as_str().unwrap_or_default().to_owned();
                    return Ok(Next::Stop);
                }
                "reset" | "end" => return Err(BenchError::StreamEnded(event.data.to_owned())),
                _ => {}
            }
            Ok(Next::Continue)
        })
        .await?;
    Ok((cursor, changes))
}
