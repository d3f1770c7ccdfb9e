-- What the server does to tables while it runs, besides reading and changing rows. These functions have the rights of
-- their owner, who owns the tables, so that the role of the server needs none of them. Nobody may call them but the
-- role to which the step after the migrations grants it.

-- Opens the next partition of the log, with room for positions up to `last_position` at least. Returns the first
-- position for which no partition exists. The caller has locked the row of `cdc_state`.
create function open_activity_partition(last_position bigint) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp as
$$
declare
    -- Some hundreds of megabytes when it is full.
    size constant bigint := 1000000;
    first_of_new bigint;
    end_of_new   bigint;
    name         text;
begin
    select partition_end into strict first_of_new from public.cdc_state;
    end_of_new := greatest(first_of_new + size, last_position + 1);
    name := format('activities_%s', first_of_new);
    execute format(
        'create table public.%1$I (like public.activities including indexes including generated,
             constraint %2$I check (public.is_calendar_time(committed_at)))',
        name, name || '_committed_at_is_calendar_time');
    execute format(
        'alter table public.activities attach partition public.%I for values from (%s) to (%s)',
        name, first_of_new, end_of_new);
    insert into public.activity_partitions (first_position) values (first_of_new);
    update public.cdc_state set partition_end = end_of_new;
    return end_of_new;
end;
$$;

-- Drops the oldest partition of the log, which begins with that position. Returns the newest position in it; null if
-- it was empty. The newest partition is never dropped.
create function drop_activity_partition(oldest_position bigint) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp as
$$
declare
    name constant text := format('activities_%s', oldest_position);
    newest bigint;
begin
    if oldest_position is distinct from (select min(first_position) from public.activity_partitions)
       or (select count(*) from public.activity_partitions) < 2 then
        raise exception 'the log has no older partition that begins with %', oldest_position
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    execute format('select max(id) from public.%I', name) into newest;
    execute format('drop table public.%I', name);
    delete from public.activity_partitions where first_position = oldest_position;
    return newest;
end;
$$;

-- Repairs the publication, or the tables in it. `fault` says what is wrong: the publication is `missing`, it doesn't
-- publish all `operations`, its `tables` are others, or their `replica_identity` isn't full.
create function repair_publication(fault text, tables text[]) returns void
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp as
$$
declare
    list text;
    name text;
begin
    foreach name in array tables loop
        -- Tables of Tributary only: here `current_user` is the owner of this function.
        if not exists (select from pg_class
                        where relname = name and relnamespace = 'public'::regnamespace and relkind = 'r'
                          and pg_has_role(relowner, 'usage')) then
            raise exception 'there is no table % to publish', name using errcode = 'undefined_table';
        end if;
    end loop;
    select string_agg(format('public.%I', table_name), ', ') into list from unnest(tables) as table_name;
    case fault
        when 'missing' then
            execute 'create publication tributary for table ' || list;
        when 'operations' then
            alter publication tributary set (publish = 'insert, update, delete, truncate');
        when 'tables' then
            execute 'alter publication tributary set table ' || list;
        when 'replica_identity' then
            foreach name in array tables loop
                execute format('alter table public.%I replica identity full', name);
            end loop;
    end case;
end;
$$;

revoke all on function open_activity_partition(bigint), drop_activity_partition(bigint),
    repair_publication(text, text[]) from public;
