//! A failure as a page, for the browser of somebody who asked for one: after a form that was sent
//! with scripts off, or an address of the API in the address bar. Pages of the app say it themselves.

use std::sync::Arc;

use api::error::{ApiFailure, request_id};
use app::theme::Theme;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

/// The page may load its style and the script that tries again, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Asks again until it may be had. Not a refresh, which would take whoever reads the page away from
/// where they are (WCAG 2.2.1).
const TRY_AGAIN: &str = "<script src=\"/try-again.js\" defer></script>";

/// Middleware that answers a browser's request for a page with an error page instead of the
/// envelope. Belongs outside of [`api::error::write_envelope`].
pub(crate) async fn render_error_page(request: Request, next: Next) -> Response {
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let asked = Asked::of(request.method(), path, request.headers());
    let request_id = request_id(request.headers()).to_owned();
    let response = next.run(request).await;
    let (mut parts, body) = response.into_parts();
    let Some(failure) = parts.extensions.remove::<Arc<ApiFailure>>() else {
        return Response::from_parts(parts, body);
    };
    parts.headers.append(VARY, HeaderValue::from_static("accept"));
    let Some(asked) = asked else { return Response::from_parts(parts, body) };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    parts.headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    Response::from_parts(parts, page(&failure, &asked, &request_id).into())
}

/// Whether it is a person who asked, and not a program.
pub(crate) fn accepts_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// What was asked for, as far as the page depends on it.
#[derive(Clone, Debug)]
struct Asked {
    theme: Theme,
    /// What may be asked for again without doing anything.
    again: Option<String>,
}

impl Asked {
    /// Of a request for a page; none of one for data.
    fn of(method: &Method, path: &str, headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok());
        accepts_html(headers).then(|| Self {
            theme: Theme::in_cookies(cookies.unwrap_or_default()),
            again: (method == Method::GET).then(|| path.to_owned()),
        })
    }
}

/// The page.
fn page(failure: &ApiFailure, asked: &Asked, request_id: &str) -> String {
    let passes = failure.code().passes();
    let theme =
        asked.theme.name().map(|name| format!(" data-theme=\"{name}\"")).unwrap_or_default();
    let script = if asked.again.is_some() && passes { TRY_AGAIN } else { "" };
    let (to, what) = match &asked.again {
        Some(path) if passes => (path.as_str(), "Try again"),
        _ => ("/", "Go to home"),
    };
    let (message, to, request_id) =
        (escaped(&failure.to_string()), escaped(to), escaped(request_id));
    format!(
        "<!DOCTYPE html><html lang=\"en\"{theme}><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"{scheme}\">{script}\
         <title>{title} · Tributary</title>\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"/pkg/tributary.css\"></head>\
         <body><div class=\"door\"><header><a class=\"brand\" href=\"/\">Tributary</a></header>\
         <main class=\"door__main\"><h1>{title}</h1><p class=\"soft\">{message}</p>\
         <p><a class=\"button button--primary\" href=\"{to}\">{what}</a></p>\
         <p class=\"faint\"><span class=\"request-id\">Request <code>{request_id}</code></span></p>\
         </main></div></body></html>",
        scheme = asked.theme.color_scheme(),
        title = title(failure),
    )
}

const fn title(failure: &ApiFailure) -> &'static str {
    match failure {
        ApiFailure::NotFound(_) => "Page not found",
        ApiFailure::NotSignedIn => "You are not signed in",
        ApiFailure::Forbidden | ApiFailure::CrossSite => "This is not for you to do",
        ApiFailure::Unavailable(_) => "Tributary can't answer right now",
        ApiFailure::Internal(_) => "Something went wrong on our side",
        _ => "That did not work",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
