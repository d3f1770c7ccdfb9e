//! Error pages outside the app: the page for a failed request of a browser (a form sent without
//! scripts, or an API address in the address bar), and the page that the service worker shows when
//! the network is unavailable. Both come from one self-contained template: it includes its style and
//! script, and its content security policy allows nothing else.
//!
//! The texts are those of the app's own error pages (`app::error_text`).

use std::sync::{Arc, LazyLock};

use app::error_text::ErrorText;
use app::pages::routes::{ACCOUNT, confirm_path};
use app::theme::Theme;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, REFERER,
    VARY,
};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use contract::ErrorCode;
use leptos::nonce::Nonce;

use api::error::{ApiFailure, request_id};
use api::response_headers::{KEPT_FOR_A_MINUTE, WORKER};

const TEMPLATE: &str = include_str!("error_page/page.html");
const RETRY: &str = include_str!("error_page/retry.js");
const SERVICE_WORKER: &str = include_str!("error_page/service-worker.js");

/// The placeholder for the nonce, which the service worker generates for each answer.
const NONCE_PLACEHOLDER: &str = "%nonce%";

/// Whether the client is a browser that asks for a page, not a program.
pub fn accepts_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Middleware that renders a failure as a page if a browser asks for one. It must be outside of
/// [`write_envelope`](api::error::write_envelope), which puts the failure into the response's
/// extensions, and inside of the layer that sets the request id. A form that needs a proof of who the user
/// is leads to the page that asks for one.
pub async fn render_for_browsers(request: Request, next: Next) -> Response {
    let info = accepts_html(request.headers()).then(|| RequestInfo::new(&request));
    let origin_page = page_of_form(&request);
    let response = next.run(request).await;
    let (mut parts, body) = response.into_parts();
    let Some(failure) = parts.extensions.remove::<Arc<ApiFailure>>() else {
        return Response::from_parts(parts, body);
    };
    parts.headers.append(VARY, HeaderValue::from_static("accept"));
    let Some(info) = info else { return Response::from_parts(parts, body) };
    if failure.code() == ErrorCode::ProofRequired {
        return Redirect::to(&confirm_path(&origin_page)).into_response();
    }
    let nonce = Nonce::new();
    let page = info.page(&failure).render(&nonce);
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(&policy(&nonce)) {
        parts.headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    Response::from_parts(parts, page.into())
}

/// Returns the path of the page whose form was submitted.
fn page_of_form(request: &Request) -> String {
    let referrer = request.headers().get(REFERER).and_then(|it| it.to_str().ok());
    let uri = referrer.and_then(|referrer| referrer.parse::<Uri>().ok());
    uri.map_or_else(|| ACCOUNT.to_owned(), |uri| uri.path().to_owned())
}

/// `/service-worker.js`, which includes its offline page. It may be cached for a minute, because a
/// browser requests it twice while it registers the worker (`app/src/app/start.js`).
pub async fn service_worker() -> impl IntoResponse {
    static SCRIPT: LazyLock<String> = LazyLock::new(|| {
        let quoted = |text: &str| {
            serde_json::to_string(text).expect("a string can always be encoded as JSON")
        };
        SERVICE_WORKER
            .replace("\"%page%\"", &quoted(&offline_page().render(NONCE_PLACEHOLDER)))
            .replace("\"%policy%\"", &quoted(&policy(NONCE_PLACEHOLDER)))
    });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (CACHE_CONTROL, KEPT_FOR_A_MINUTE),
        (CONTENT_SECURITY_POLICY, WORKER),
    ];
    (headers, SCRIPT.as_str())
}

/// Returns the content security policy of an error page: only its inline style and script, its icon,
/// and requests to this server that check whether the page is available again.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; \
         img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// The parts of a request that an error page needs.
struct RequestInfo {
    theme: Theme,
    /// The address, if it is safe to load again.
    path: Option<String>,
    request_id: String,
}

impl RequestInfo {
    fn new(request: &Request) -> Self {
        let headers = request.headers();
        let cookies = headers.get(COOKIE).and_then(|cookies| cookies.to_str().ok());
        let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
        Self {
            theme: Theme::from_cookie_header(cookies.unwrap_or_default()),
            path: (request.method() == Method::GET).then(|| path.to_owned()),
            request_id: request_id(headers).to_owned(),
        }
    }

    fn page(&self, failure: &ApiFailure) -> Page<'_> {
        let text = ErrorText::for_code(failure.code());
        let retry_path = self.path.as_deref().filter(|_| failure.code().is_transient());
        Page {
            title: text.title,
            // The message of a transient error says that the page retries by itself.
            message: if retry_path.is_some() {
                text.message.to_owned()
            } else {
                failure.to_string()
            },
            hints: &[],
            action: retry_path.map_or(Action::GoHome, Action::Reload),
            request_id: &self.request_id,
            theme: self.theme,
            icon: "/favicon.svg",
        }
    }
}

/// Returns the page of the service worker. The worker doesn't know the theme; the page's script applies
/// it.
fn offline_page() -> Page<'static> {
    let text = ErrorText::for_code(ErrorCode::Unreachable);
    Page {
        title: text.title,
        message: text.message.to_owned(),
        hints: &[
            "Tabs that are already open still show what they loaded.",
            "If other sites work, Tributary may be down for a moment.",
        ],
        action: Action::WaitForServer,
        request_id: "",
        theme: Theme::System,
        icon: "data:,",
    }
}

/// The action that the page offers.
#[derive(Clone, Copy)]
enum Action<'a> {
    GoHome,
    /// Load the page at this address again; by itself as soon as it is available.
    Reload(&'a str),
    /// Load the page again as soon as the server answers anything.
    WaitForServer,
}

struct Page<'a> {
    title: &'static str,
    message: String,
    hints: &'a [&'static str],
    action: Action<'a>,
    /// Empty when no server saw the request.
    request_id: &'a str,
    theme: Theme,
    icon: &'static str,
}

impl Page<'_> {
    fn render(&self, nonce: &str) -> String {
        let action = match self.action {
            Action::GoHome => "<p><a class=\"button\" href=\"/\">Go to home</a></p>".to_owned(),
            Action::Reload(path) => format!(
                "<p><a class=\"button\" href=\"{}\" data-probe=\"\" \
                 data-still=\"Still unavailable\">Try again</a></p>\n<p role=\"status\"></p>",
                escaped(path)
            ),
            Action::WaitForServer => {
                "<p><button type=\"button\" class=\"button\" data-probe=\"/healthz\" \
                 data-still=\"Still no connection\">Try again</button></p>\n\
                 <p role=\"status\"></p>"
                    .to_owned()
            }
        };
        let script = match self.action {
            Action::GoHome => String::new(),
            _ => format!("<script nonce=\"{nonce}\">\n{RETRY}</script>"),
        };
        let hints: String = self.hints.iter().map(|hint| format!("<li>{hint}</li>")).collect();
        let hints = if hints.is_empty() { hints } else { format!("<ul>{hints}</ul>") };
        let request_id = match self.request_id {
            "" => String::new(),
            id => format!("<p class=\"request-id\">Request ID <code>{}</code></p>", escaped(id)),
        };
        let theme = self.theme.name().map(|name| format!(" data-theme=\"{name}\""));
        // Values from the request come last, so that placeholders in them aren't replaced.
        [
            ("theme", theme.unwrap_or_default().as_str()),
            ("color-scheme", self.theme.color_scheme()),
            ("icon", self.icon),
            ("nonce", nonce),
            ("title", self.title),
            ("hints", &hints),
            ("script", &script),
            ("request-id", &request_id),
            ("action", &action),
            ("message", &escaped(&self.message)),
        ]
        .iter()
        .fold(TEMPLATE.to_owned(), |page, (name, value)| {
            page.replace(&format!("{{{{{name}}}}}"), value)
        })
    }
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
