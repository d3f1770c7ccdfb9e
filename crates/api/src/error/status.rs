//! The status and the code of each failure.

use axum::http::StatusCode;
use contract::ErrorCode;

use super::ApiFailure;

impl ApiFailure {
    pub(super) const fn status_and_code(&self) -> (StatusCode, ErrorCode) {
        match self {
            Self::BadRequest { code, .. } => (StatusCode::BAD_REQUEST, *code),
            Self::InvalidFields(_) => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidFields),
            Self::NotSignedIn => (StatusCode::UNAUTHORIZED, ErrorCode::NotSignedIn),
            Self::WrongCredentials => (StatusCode::UNAUTHORIZED, ErrorCode::WrongCredentials),
            Self::SignInExpired => (StatusCode::UNAUTHORIZED, ErrorCode::SignInExpired),
            Self::ProviderUnreachable(_) => {
                (StatusCode::BAD_GATEWAY, ErrorCode::ProviderUnreachable)
            }
            Self::ProviderRefused(refusal) => (StatusCode::UNAUTHORIZED, refusal.code()),
            Self::PasskeyRefused(_) => (StatusCode::UNAUTHORIZED, ErrorCode::PasskeyRefused),
            Self::LastSignInMethod => (StatusCode::CONFLICT, ErrorCode::LastSignInMethod),
            Self::ProofRequired => (StatusCode::FORBIDDEN, ErrorCode::ProofRequired),
            Self::Forbidden => (StatusCode::FORBIDDEN, ErrorCode::Forbidden),
            Self::CrossSite | Self::UnknownOrigin => (StatusCode::FORBIDDEN, ErrorCode::CrossSite),
            Self::UnknownHost => (StatusCode::MISDIRECTED_REQUEST, ErrorCode::UnknownHost),
            Self::OtherAccount => (StatusCode::CONFLICT, ErrorCode::OtherAccount),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, ErrorCode::NotFound),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, ErrorCode::MethodNotAllowed),
            Self::Conflict | Self::VersionConflict(_) | Self::Repeated | Self::AlreadyDone => {
                (StatusCode::CONFLICT, ErrorCode::Conflict)
            }
            Self::VersionRequired => {
                (StatusCode::PRECONDITION_REQUIRED, ErrorCode::VersionRequired)
            }
            Self::LastAdmin | Self::LastAdminOf(_) => (StatusCode::CONFLICT, ErrorCode::LastAdmin),
            Self::InvitationExpired => (StatusCode::GONE, ErrorCode::InvitationExpired),
            Self::LinkExpired => (StatusCode::GONE, ErrorCode::LinkExpired),
            Self::InvitationRejected => (StatusCode::CONFLICT, ErrorCode::InvitationRejected),
            Self::QuotaReached(_) => (StatusCode::CONFLICT, ErrorCode::QuotaReached),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::TooLarge),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, ErrorCode::TooSlow),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, ErrorCode::TooMany),
            Self::Unavailable { .. } => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal),
        }
    }
}
