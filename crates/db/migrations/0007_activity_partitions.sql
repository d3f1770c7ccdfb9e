-- The log in partitions by position, so that what is older than the retention is dropped at once
-- instead of row by row.

alter table activities rename to activities_1;
alter index activities_pkey rename to activities_1_pkey;
alter index activities_organization_id rename to activities_1_organization_id;
alter index activities_user_id rename to activities_1_user_id;
alter index activities_notes rename to activities_1_notes;

create table activities (like activities_1) partition by range (id);
alter table activities add primary key (id);
create index activities_organization_id on activities (organization_id, id)
    where organization_id is not null;
create index activities_user_id on activities (user_id, id)
    where user_id is not null;
create index activities_notes on activities (organization_id, id)
    where kind = 'note';

-- Each is called `activities_` and its first position. The newest is the one that is written to.
create table activity_partitions (
    first_position bigint      primary key,
    opened_at      timestamptz not null default now()
);

alter table cdc_state
    -- The first position that no partition has room for.
    add column partition_end bigint not null default 1,
    -- The newest position that was dropped.
    add column horizon bigint not null default 0;

insert into activity_partitions (first_position) values (1);
update cdc_state set partition_end = last_position + 1000001;

do $$
begin
    execute format(
        'alter table activities attach partition activities_1 for values from (1) to (%s)',
        (select partition_end from cdc_state));
end;
$$;
