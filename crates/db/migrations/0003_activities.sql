-- The log: what happened, in commit order. Only the CDC worker inserts into it.
--
-- No foreign keys: history outlives its subjects.
create table activities (
    id              bigint      primary key,
    commit_lsn      pg_lsn      not null,
    ordinal         integer     not null,
    kind            text        not null,
    action          text        not null,
    subject_id      uuid        not null,
    organization_id uuid,
    user_id         uuid,
    actor_id        uuid,
    mutation_id     uuid,
    changed         text[]      not null,
    data            jsonb       not null,
    committed_at    timestamptz not null,
    -- A redelivered change inserts nothing.
    constraint activities_commit_unique unique (commit_lsn, ordinal)
);

create index activities_organization_id on activities (organization_id, id)
    where organization_id is not null;
create index activities_user_id on activities (user_id, id)
    where user_id is not null;

-- One row: which log this is and how far it was written. The worker locks it while it writes.
create table cdc_state (
    singleton     boolean     primary key default true,
    epoch         bigint      not null,
    -- The id of the newest activity.
    last_position bigint      not null default 0,
    -- The end of the newest source transaction that is in the log.
    recorded_lsn  pg_lsn      not null default '0/0',
    updated_at    timestamptz not null default now(),
    constraint cdc_state_one_row check (singleton),
    constraint cdc_state_epoch_range check (epoch between 0 and 4294967295)
);

insert into cdc_state (epoch) values (floor(random() * 4294967296)::bigint);

create table cdc_incidents (
    id          bigint      primary key generated always as identity,
    kind        text        not null,
    detail      text        not null,
    happened_at timestamptz not null default now()
);
