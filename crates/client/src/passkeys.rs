//! Asks the browser for passkeys (Web Authentication, level 3). The options and the answer pass through as
//! JSON, which browsers convert themselves.

use contract::passkey::PasskeyOptions;
use contract::{ApiError, ErrorCode};
use serde_json::value::RawValue;

/// Whether pages of this host can ask for passkeys, and the browser can. False on the server.
#[must_use]
pub fn is_supported(host: &str) -> bool {
    #[cfg(feature = "hydrate")]
    return browser::is_supported(host);
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = host;
        false
    }
}

/// Asks for a new passkey.
///
/// # Errors
/// `passkey_refused` if the person or the authenticator refuses.
pub async fn create(options: &PasskeyOptions) -> Result<Box<RawValue>, ApiError> {
    ask("parseCreationOptionsFromJSON", "create", options).await
}

/// Asks for a passkey that the person has.
///
/// # Errors
/// `passkey_refused` if the person or the authenticator refuses.
pub async fn get(options: &PasskeyOptions) -> Result<Box<RawValue>, ApiError> {
    ask("parseRequestOptionsFromJSON", "get", options).await
}

async fn ask(
    parse: &str,
    method: &str,
    options: &PasskeyOptions,
) -> Result<Box<RawValue>, ApiError> {
    #[cfg(feature = "hydrate")]
    let answer = browser::ask(parse, method, options.0.get()).await;
    #[cfg(not(feature = "hydrate"))]
    let answer: Option<String> = {
        let _ = (parse, method, options);
        None
    };
    answer.and_then(|answer| RawValue::from_string(answer).ok()).ok_or_else(|| {
        ApiError::new(
            ErrorCode::PasskeyRefused,
            "No passkey was used. Try again, or do it otherwise.",
        )
    })
}

#[cfg(feature = "hydrate")]
mod browser {
    use js_sys::{Function, JSON, Object, Promise, Reflect};
    use wasm_bindgen::{JsCast as _, JsValue};
    use wasm_bindgen_futures::JsFuture;

    pub(super) fn is_supported(host: &str) -> bool {
        let location = leptos::prelude::window().location();
        location.hostname().is_ok_and(|its| its == host)
            && function(&interface(), "parseRequestOptionsFromJSON").is_some()
    }

    /// Calls a method of `navigator.credentials`. Returns what it answers as JSON.
    pub(super) async fn ask(parse: &str, method: &str, options: &str) -> Option<String> {
        let interface = interface();
        let options = JSON::parse(options).ok()?;
        let options = function(&interface, parse)?.call1(&interface, &options).ok()?;
        let request = Object::new();
        Reflect::set(&request, &"publicKey".into(), &options).ok()?;
        let navigator = leptos::prelude::window().navigator();
        let credentials = Reflect::get(&navigator, &"credentials".into()).ok()?;
        let promise = function(&credentials, method)?.call1(&credentials, &request).ok()?;
        let credential = JsFuture::from(promise.dyn_into::<Promise>().ok()?).await.ok()?;
        // It calls the credential's `toJSON`.
        JSON::stringify(&credential).ok().map(String::from)
    }

    /// Returns the interface; undefined in browsers without passkeys, and over plain HTTP.
    fn interface() -> JsValue {
        Reflect::get(&leptos::prelude::window(), &"PublicKeyCredential".into())
            .unwrap_or(JsValue::UNDEFINED)
    }

    fn function(object: &JsValue, name: &str) -> Option<Function> {
        Reflect::get(object, &name.into()).ok()?.dyn_into().ok()
    }
}
