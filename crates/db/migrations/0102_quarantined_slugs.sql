-- A slug that an organization gave up, or left behind when it was deleted, can't be taken by another one
-- for 90 days: links to it must not lead to somebody else.
create table quarantined_slugs (
    slug            slug_text   primary key,
    -- No foreign key: a deleted organization's slugs are kept too.
    organization_id uuid        not null,
    given_up_at     timestamptz not null default now(),
    constraint quarantined_slugs_given_up_at_is_calendar_time check (is_calendar_time(given_up_at))
);

insert into quarantined_slugs (slug, organization_id, given_up_at)
select slug, organization_id, created_at from organization_slugs;

-- Whether the slug is quarantined for that organization, by the database's clock.
create function is_quarantined(wanted text, by_organization uuid) returns boolean
    language sql stable as
$$
    select exists (select from quarantined_slugs
                    where slug = wanted
                      and organization_id <> by_organization
                      and given_up_at > now() - interval '90 days')
$$;

create function refuse_quarantined_slug() returns trigger
    language plpgsql as
$$
begin
    if is_quarantined(new.slug, new.id) then
        raise exception 'the slug % was given up less than 90 days ago', new.slug
            using errcode = 'unique_violation', constraint = 'organizations_slug_quarantined';
    end if;
    return new;
end;
$$;

create trigger organizations_refuse_quarantined_slug
    before insert or update of slug on organizations
    for each row execute function refuse_quarantined_slug();

create function quarantine_slug() returns trigger
    language plpgsql as
$$
begin
    insert into quarantined_slugs (slug, organization_id)
    values (old.slug, old.id)
    on conflict (slug) do update
        set organization_id = excluded.organization_id, given_up_at = excluded.given_up_at;
    return null;
end;
$$;

create trigger organizations_quarantine_changed_slug
    after update of slug on organizations
    for each row when (old.slug is distinct from new.slug)
    execute function quarantine_slug();

create trigger organizations_quarantine_slug
    after delete on organizations
    for each row execute function quarantine_slug();
