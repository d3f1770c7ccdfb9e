-- A time that no calendar can show, such as `infinity`, can't be sent to a browser, and arithmetic with
-- it overflows. Every column of type timestamptz therefore refuses times outside of the years 1 to 8999.
--
-- The constraints are added without a scan of the tables. Rows that violate them are corrected first,
-- since an update of such a row in another column would fail otherwise.
create function is_calendar_time(at timestamptz) returns boolean
    language sql immutable parallel safe as
$$
    select at >= timestamptz '0001-01-01 00:00:00+00' and at < timestamptz '9000-01-01 00:00:00+00'
$$;

do $$
declare
    stored record;
begin
    for stored in
        select c.oid::regclass as table_name, c.relname, a.attname
          from pg_attribute a
          join pg_class c on c.oid = a.attrelid
         where c.relnamespace = current_schema()::regnamespace
           -- Not the parent of a partitioned table: a node of the version before, which still runs, opens
           -- partitions without the constraint, and couldn't attach them.
           and c.relkind = 'r'
           and a.atttypid = 'timestamptz'::regtype and a.attnum > 0 and not a.attisdropped
           and c.relname <> '_sqlx_migrations'
         order by c.oid, a.attnum
    loop
        execute format(
            'update %1$s
                set %2$I = case when %2$I > now() then timestamptz ''8999-12-31 00:00:00+00''
                                else timestamptz ''0001-01-01 00:00:00+00'' end
              where not is_calendar_time(%2$I)',
            stored.table_name, stored.attname);
        execute format(
            'alter table %s add constraint %I check (is_calendar_time(%I)) not valid',
            stored.table_name, stored.relname || '_' || stored.attname || '_is_calendar_time',
            stored.attname);
    end loop;
end;
$$;
