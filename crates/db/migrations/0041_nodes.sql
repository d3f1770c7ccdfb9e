-- The servers on this database, as each says of itself every few seconds. Not in the publication:
-- it is about the machines, and nobody's data.
create table nodes (
    id         uuid        primary key,
    address    text        not null,
    version    text        not null,
    role       text        not null,
    streams    bigint      not null,
    lag_ms     bigint      not null,
    started_at timestamptz not null,
    seen_at    timestamptz not null default now(),
    constraint nodes_role_known check (role in ('holder', 'standby', 'disconnected'))
);
