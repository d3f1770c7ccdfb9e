//! Names devices by their `User-Agent`, for the list of sessions.
//!
//! Most browsers also name other browsers, so the order of the lists matters. Browsers that aren't
//! listed are named by their operating system.

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;

/// The maximum number of bytes that are stored of a `User-Agent`.
const MAX_USER_AGENT_LENGTH: usize = 300;

/// Tokens in the `User-Agent` and the browsers' names. The first match counts.
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

/// Returns the request's `User-Agent`, cut to [`MAX_USER_AGENT_LENGTH`]. `None` if it isn't visible
/// ASCII.
#[must_use]
pub fn user_agent(headers: &HeaderMap) -> Option<&str> {
    // `to_str` accepts only visible ASCII, so that every index is a character boundary.
    let text = headers.get(USER_AGENT)?.to_str().ok()?;
    Some(&text[..text.len().min(MAX_USER_AGENT_LENGTH)])
}

/// Returns the browser and the operating system, such as "Firefox on Linux".
#[must_use]
pub fn device_name(user_agent: Option<&str>) -> String {
    let known = |tokens: &[(&str, &'static str)]| {
        let agent = user_agent?;
        tokens.iter().find(|(token, _)| agent.contains(token)).map(|(_, name)| *name)
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
    fn devices_are_named_by_browser_and_system() {
        for (agent, expected) in [
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
            assert_eq!(device_name(Some(agent)), expected, "{agent}");
        }
        assert_eq!(device_name(None), "Unknown device");
    }

    #[test]
    fn long_user_agent_is_cut_and_non_ascii_one_is_dropped() {
        let header = |bytes: &[u8]| {
            HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_bytes(bytes).unwrap())])
        };
        assert_eq!(user_agent(&header(&[b'x'; 5000])).unwrap().len(), MAX_USER_AGENT_LENGTH);
        assert_eq!(user_agent(&header("Mozilla 日本".as_bytes())), None);
        assert_eq!(user_agent(&HeaderMap::new()), None);
    }
}
