-- Passkeys (Web Authentication), and ceremonies that wait for the browser. Neither table is in the
-- publication.

create table passkeys (
    id            uuid        primary key,
    user_id       uuid        not null references users on delete cascade,
    -- The authenticator's name for the passkey.
    credential_id bytea       not null,
    -- The public key and the counter, as the library writes them. Nothing here is secret.
    credential    jsonb       not null,
    -- What its owner calls it.
    name          name_text   not null,
    created_at    timestamptz not null default now(),
    last_used_at  timestamptz,
    constraint passkeys_credential_id_unique unique (credential_id),
    constraint passkeys_created_at_is_calendar_time check (is_calendar_time(created_at)),
    constraint passkeys_last_used_at_is_calendar_time check (is_calendar_time(last_used_at))
);

create index passkeys_user_id on passkeys (user_id);

-- Challenges that browsers were given. A cookie binds each to its browser; its token's hash is here.
create table passkey_ceremonies (
    token_hash bytea       primary key,
    -- The session that adds a passkey, or proves who uses it. Null for a sign-in.
    session_id uuid        references sessions on delete cascade,
    -- The challenge and what the answer must say, as the library writes it.
    state      jsonb       not null,
    expires_at timestamptz not null,
    constraint passkey_ceremonies_expires_at_is_calendar_time check (is_calendar_time(expires_at))
);

create index passkey_ceremonies_session_id on passkey_ceremonies (session_id);
create index passkey_ceremonies_expires_at on passkey_ceremonies (expires_at);
