//! What a browser says of itself, in words that tell its owner which one it is.
//!
//! Browsers claim to be each other: the order of the lists matters. What isn't listed is rare
//! enough to be told by its system alone.

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;

/// More says nothing that people would recognise.
const MOST_CHARACTERS: usize = 300;

/// By the first mark that is found.
const BROWSERS: [(&str, &str); 12] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("Wget/", "Wget"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

/// What the request's browser says, as it is kept with the session.
#[must_use]
pub fn user_agent(headers: &HeaderMap) -> Option<&str> {
    // Visible ASCII, so any place is between two characters.
    let text = headers.get(USER_AGENT)?.to_str().ok()?;
    Some(&text[..text.len().min(MOST_CHARACTERS)])
}

/// The device, as its owner would call it.
#[must_use]
pub fn name(user_agent: Option<&str>) -> String {
    let known = |marks: &[(&str, &'static str)]| {
        let agent = user_agent?;
        marks.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (known(&BROWSERS), known(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn browsers_are_told_by_what_only_they_say() {
        for (agent, told) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/141.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 \
                 Firefox/143.0",
                "Firefox on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPad",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) \
                 SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android",
            ),
            ("curl/8.14.1", "curl"),
            ("SomeTool (Linux)", "Linux"),
            ("reqwest", "Unknown device"),
        ] {
            assert_eq!(name(Some(agent)), told, "{agent}");
        }
        assert_eq!(name(None), "Unknown device");
    }

    #[test]
    fn a_long_story_is_kept_in_part_and_an_unreadable_one_not_at_all() {
        let header = |bytes: &[u8]| {
            HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_bytes(bytes).unwrap())])
        };
        assert_eq!(user_agent(&header(&[b'x'; 5000])).unwrap().len(), MOST_CHARACTERS);
        assert_eq!(user_agent(&header("Mozilla 日本".as_bytes())), None);
        assert_eq!(user_agent(&HeaderMap::new()), None);
    }
}
