-- An invitation quotes the organization and the person who sends it, and its reader may be told of
-- neither. So it changes with what it quotes.
alter table invitations
    -- Grows when what is quoted changes.
    add column quotes_version bigint not null default 1;

create function requote_invitations_of_organization() returns trigger
    language plpgsql as
$$
begin
    update invitations set quotes_version = quotes_version + 1 where organization_id = new.id;
    return null;
end;
$$;

create trigger organizations_requote_invitations
    after update of name, slug, colour on organizations
    for each row when ((old.name, old.slug, old.colour) is distinct from (new.name, new.slug, new.colour))
    execute function requote_invitations_of_organization();

create index invitations_invited_by on invitations (invited_by);

create function requote_invitations_by_user() returns trigger
    language plpgsql as
$$
begin
    update invitations set quotes_version = quotes_version + 1 where invited_by = new.id;
    return null;
end;
$$;

create trigger users_requote_invitations
    after update of name on users
    for each row when (old.name is distinct from new.name)
    execute function requote_invitations_by_user();
