-- An invitation that was declined or has expired is shown to nobody, so a new name of its organization or
-- inviter doesn't change it any more: one change of a name would otherwise write an activity for each
-- invitation that was ever sent. It is read with the present names when it is renewed.
--
-- A day more than until its expiry, because the clocks of nodes may be wrong for a while.
create or replace function requote_invitations_of_organization() returns trigger
    language plpgsql as
$$
begin
    update invitations set quotes_version = quotes_version + 1
     where organization_id = new.id and rejected_at is null
       and expires_at > now() - interval '1 day';
    return null;
end;
$$;

create or replace function requote_invitations_by_user() returns trigger
    language plpgsql as
$$
begin
    update invitations set quotes_version = quotes_version + 1
     where invited_by = new.id and rejected_at is null
       and expires_at > now() - interval '1 day';
    return null;
end;
$$;
