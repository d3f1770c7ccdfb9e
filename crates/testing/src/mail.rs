//! Reads messages from the folder that a server without a mail server writes them to.

use std::path::Path;
use std::time::SystemTime;

use crate::eventually;

/// Waits for a message to `email` with a link to the page `page`, such as `sign-up`. Returns the link's
/// path, which ends with its token: that of the newest message.
pub async fn read_link(folder: &Path, email: &str, page: &str) -> String {
    let mut link = None;
    eventually(&format!("a message to {email} links to /{page}"), async || {
        link = newest_link(folder, email, page);
        link.is_some()
    })
    .await;
    link.unwrap()
}

/// The token at the end of a link.
pub fn token_of(link: &str) -> &str {
    link.rsplit('/').next().unwrap()
}

fn newest_link(folder: &Path, email: &str, page: &str) -> Option<String> {
    let files = std::fs::read_dir(folder).ok()?.flatten();
    let links = files.filter_map(|file| {
        let text = std::fs::read_to_string(file.path()).ok()?;
        let is_recipient = text.starts_with(&format!("To: {email}\n"));
        let start = text.find(&format!("/{page}/")).filter(|_| is_recipient)?;
        let path = text[start..].split_whitespace().next()?.to_owned();
        let written = file.metadata().and_then(|file| file.modified());
        Some((written.unwrap_or(SystemTime::UNIX_EPOCH), file.file_name(), path))
    });
    links.max().map(|(_, _, path)| path)
}

/// The messages to `email`, in no particular order.
pub fn messages(folder: &Path, email: &str) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let texts = files.flatten().filter_map(|file| std::fs::read_to_string(file.path()).ok());
    texts.filter(|text| text.starts_with(&format!("To: {email}\n"))).collect()
}
