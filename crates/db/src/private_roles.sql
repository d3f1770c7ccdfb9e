-- The roles of a private Postgres, as its superuser. Changes nothing where all is as it should be.
do $$
declare
    statement text;
    was       text;
    became    text;
begin
    if to_regrole('tributary_owner') is null then
        create role tributary_owner login;
    end if;
    if to_regrole('tributary_app') is null then
        create role tributary_app login replication;
    end if;
    if not pg_has_role('tributary_app', 'pg_monitor', 'member') then
        grant pg_monitor to tributary_app;
    end if;

    for statement in
        select format('alter database %I owner to tributary_owner', datname)
          from pg_database
         where datname = current_database() and datdba <> 'tributary_owner'::regrole
        union all
        select 'alter schema public owner to tributary_owner'
          from pg_namespace
         where nspname = 'public' and nspowner <> 'tributary_owner'::regrole
        union all
        -- Until Postgres 14, everybody may create tables there.
        select 'revoke create on schema public from public'
         where exists (select from pg_namespace n, aclexplode(n.nspacl) as acl
                        where n.nspname = 'public' and acl.grantee = 0 and acl.privilege_type = 'CREATE')
        union all
        select format('alter %s %s owner to tributary_owner', kind, name)
          from (select case c.relkind when 'v' then 'view' when 'm' then 'materialized view'
                                      when 'S' then 'sequence' else 'table' end as kind,
                       c.oid::regclass::text as name, c.relowner as owner, c.oid as id,
                       'pg_class'::regclass as catalog
                  from pg_class c
                 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S')
                   -- The sequence of an identity column follows its table.
                   and not (c.relkind = 'S' and exists (
                        select from pg_depend d
                         where d.classid = 'pg_class'::regclass and d.objid = c.oid
                           and d.deptype in ('a', 'i')))
                union all
                select 'routine', p.oid::regprocedure::text, p.proowner, p.oid, 'pg_proc'::regclass
                  from pg_proc p
                 where p.pronamespace = 'public'::regnamespace
                union all
                select case t.typtype when 'd' then 'domain' else 'type' end, t.oid::regtype::text,
                       t.typowner, t.oid, 'pg_type'::regclass
                  from pg_type t
                 where t.typnamespace = 'public'::regnamespace and t.typtype in ('d', 'e')) its
         where owner <> 'tributary_owner'::regrole
           and not exists (select from pg_depend d
                            where d.classid = catalog and d.objid = id and d.deptype = 'e')
    loop
        execute statement;
    end loop;

    -- A change of the publication begins a new epoch of the log, since changes may be missing. Not this one, so its row
    -- is recorded again.
    select p.oid || '/' || p.xmin::text into was
      from pg_publication p
     where p.pubname = 'tributary' and p.pubowner <> 'tributary_owner'::regrole;
    if found then
        alter publication tributary owner to tributary_owner;
        select p.oid || '/' || p.xmin::text into strict became from pg_publication p where p.pubname = 'tributary';
        if exists (select from pg_attribute
                    where attrelid = to_regclass('public.cdc_state') and attname = 'publication_rows') then
            update public.cdc_state
               set publication_rows = jsonb_set(publication_rows, array[''], to_jsonb(became))
             where publication_rows ->> '' = was;
        end if;
    end if;
end;
$$;
