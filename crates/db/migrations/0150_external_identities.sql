-- Accounts at an OpenID provider, and sign-ins that wait for the provider's answer. Neither table is in the
-- publication. An account that was created by a provider's answer has no row in `credentials`.

create table external_identities (
    id           uuid        primary key,
    user_id      uuid        not null references users on delete cascade,
    -- The provider's address, and its name for the person. Neither is changed by a new email address.
    issuer       text        not null,
    subject      text        not null,
    -- The confirmed address by which the identity was linked, for people who have several.
    email        email_text  not null,
    linked_at    timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    -- Set when the owner unlinks it: the address doesn't link it again by itself.
    unlinked_at  timestamptz,
    constraint external_identities_subject_unique unique (issuer, subject),
    constraint external_identities_linked_at_is_calendar_time check (is_calendar_time(linked_at)),
    constraint external_identities_last_used_at_is_calendar_time check (is_calendar_time(last_used_at)),
    constraint external_identities_unlinked_at_is_calendar_time check (is_calendar_time(unlinked_at))
);

create index external_identities_user_id on external_identities (user_id);

-- Browsers that were sent to the provider. The state, the nonce and the PKCE verifier are derived from the
-- token in the browser's cookie, of which only the hash is here.
create table authentication_requests (
    token_hash bytea       primary key,
    purpose    text        not null,
    -- The session that proves again who uses it, or links an identity. Null for a sign-in.
    session_id uuid        references sessions on delete cascade,
    -- The path of the page that follows.
    next       text,
    started_at timestamptz not null default now(),
    expires_at timestamptz not null,
    constraint authentication_requests_purpose_known
        check (purpose in ('sign_in', 'proof', 'link') and (purpose = 'sign_in') = (session_id is null)),
    constraint authentication_requests_started_at_is_calendar_time check (is_calendar_time(started_at)),
    constraint authentication_requests_expires_at_is_calendar_time check (is_calendar_time(expires_at))
);

create index authentication_requests_session_id on authentication_requests (session_id);
create index authentication_requests_expires_at on authentication_requests (expires_at);
