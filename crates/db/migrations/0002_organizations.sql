-- Teams, who belongs to them, and who is asked to.

create table organizations (
    id         uuid        primary key,
    name       name_text   not null,
    slug       slug_text   not null,
    version    bigint      not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint organizations_slug_unique unique (slug)
);

create trigger organizations_bump_version
    before update on organizations
    for each row execute function bump_version();

-- Former slugs, which lead to the organization until another one takes them.
create table organization_slugs (
    slug            slug_text   primary key,
    organization_id uuid        not null references organizations on delete cascade,
    created_at      timestamptz not null default now()
);

create index organization_slugs_organization_id on organization_slugs (organization_id);

-- In a trigger, so that a slug changed by plain SQL redirects as well.
create function keep_former_slug() returns trigger
    language plpgsql as
$$
begin
    delete from organization_slugs where slug = new.slug;
    insert into organization_slugs (slug, organization_id)
    values (old.slug, old.id)
    on conflict (slug) do update set organization_id = excluded.organization_id, created_at = now();
    return null;
end;
$$;

create trigger organizations_keep_former_slug
    after update of slug on organizations
    for each row when (old.slug is distinct from new.slug)
    execute function keep_former_slug();

create table memberships (
    id              uuid             primary key,
    organization_id uuid             not null references organizations on delete cascade,
    user_id         uuid             not null references users on delete cascade,
    role            text             not null,
    archived        boolean          not null default false,
    muted           boolean          not null default false,
    display_order   double precision not null default 0,
    version         bigint           not null default 1,
    created_at      timestamptz      not null default now(),
    updated_at      timestamptz      not null default now(),
    constraint memberships_organization_user_unique unique (organization_id, user_id),
    constraint memberships_role_known check (role in ('admin', 'member'))
);

create index memberships_user_id on memberships (user_id);

create trigger memberships_bump_version
    before update on memberships
    for each row execute function bump_version();

create table invitations (
    id              uuid        primary key,
    organization_id uuid        not null references organizations on delete cascade,
    email           email_text  not null,
    user_id         uuid        references users on delete cascade,
    role            text        not null,
    invited_by      uuid        references users on delete set null,
    rejected_at     timestamptz,
    expires_at      timestamptz not null,
    version         bigint      not null default 1,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint invitations_organization_email_unique unique (organization_id, email),
    constraint invitations_role_known check (role in ('admin', 'member'))
);

create index invitations_user_id on invitations (user_id);
create index invitations_email on invitations (email);

create trigger invitations_bump_version
    before update on invitations
    for each row execute function bump_version();

create table invitation_tokens (
    invitation_id uuid  primary key references invitations on delete cascade,
    token_hash    bytea not null,
    constraint invitation_tokens_hash_unique unique (token_hash)
);
