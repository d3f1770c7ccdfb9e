//! A QR code as a picture. It is drawn here, so that the browser needs no code for it.

use std::fmt::Write;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::{Color, QrCode};

use crate::error::ApiFailure;

/// The empty modules around the code (ISO/IEC 18004, section 5.3.8).
const QUIET_ZONE: usize = 4;

/// Returns the address (`data:`) of an SVG picture of the code: black on white, so that dark themes don't
/// invert it.
///
/// # Errors
/// When the text is too long for a QR code.
pub fn data_url(text: &str) -> Result<String, ApiFailure> {
    Ok(format!("data:image/svg+xml,{}", utf8_percent_encode(&svg(text)?, NON_ALPHANUMERIC)))
}

fn svg(text: &str) -> Result<String, ApiFailure> {
    let code = QrCode::new(text).map_err(ApiFailure::internal)?;
    let width = code.width();
    let mut dark = String::new();
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (index % width + QUIET_ZONE, index / width + QUIET_ZONE);
            write!(dark, "M{x} {y}h1v1h-1z").expect("a string can always be written");
        }
    }
    let size = width + 2 * QUIET_ZONE;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/>\
         <path d=\"{dark}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_has_finder_patterns_inside_a_quiet_zone() {
        let svg = svg("otpauth://totp/Tributary:ada@example.com?secret=GEZDGNBV").unwrap();
        for module in ["M4 4h1", "M10 4h1", "M4 10h1"] {
            assert!(svg.contains(module), "{svg}");
        }
        for outside in ["M3 ", "M5 5h1", "M4 3h"] {
            assert!(!svg.contains(outside), "{svg}");
        }
    }

    #[test]
    fn address_can_be_used_in_an_attribute() {
        let url = data_url("text").unwrap();
        assert!(url.starts_with("data:image/svg+xml,%3Csvg"), "{url}");
        assert!(!url.contains(['"', '<', '#', ' ']), "{url}");
    }

    #[test]
    fn text_that_does_not_fit_is_an_error() {
        assert!(data_url(&"x".repeat(10_000)).is_err());
    }
}
