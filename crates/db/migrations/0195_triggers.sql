-- Triggers give rows their versions and keep what lists are sorted and counted by. They can be off: after `alter table …
-- disable trigger`, and in sessions with `session_replication_role = replica`, as tools that copy data use. Changes then
-- keep their rows' versions, so clients take them for what they have, and lists are wrong.

-- Switches the triggers of the tables on, and computes again what triggers keep.
create function repair_triggers(tables text[]) returns void
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp as
$$
declare
    name text;
    kind text;
begin
    foreach name in array tables loop
        execute format('alter table public.%I enable trigger user', name);
    end loop;

    -- Nothing is added while the present rows are counted.
    lock table public.memberships, public.users in share mode;
    delete from public.member_names;
    insert into public.member_names (membership_id, organization_id, user_id, role, name)
    select m.id, m.organization_id, m.user_id, m.role, lower(u.name)
      from public.memberships m
      join public.users u on u.id = m.user_id;

    delete from public.row_count_changes;
    delete from public.row_counts;
    insert into public.row_counts (organization_id, kind, rows)
    select organization_id, role, count(*) from public.memberships group by organization_id, role;
    -- Of each kind of resource. Arguments of triggers end with a zero byte.
    for name, kind in
        select t.tgrelid::regclass, split_part(encode(t.tgargs, 'escape'), '\000', 1)
          from pg_trigger t
         where t.tgfoid = 'public.count_added_rows'::regproc
    loop
        execute format('lock table %s in share mode', name);
        execute format('insert into public.row_counts (organization_id, kind, rows)
                        select organization_id, %L, count(*) from %s group by organization_id', kind, name);
    end loop;
end;
$$;

revoke all on function repair_triggers(text[]) from public;
