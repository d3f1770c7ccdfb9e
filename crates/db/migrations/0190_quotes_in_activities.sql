-- An open invitation quotes the organization and the person who sent it. A new name of either used to update
-- each of these invitations, and so wrote an activity for each. Now the invitations stay as they are, because
-- names are read with them, and the one activity of the new name records who has such an invitation.
--
-- `invitations.quotes_version` stays, because activities that the log has name it.
drop trigger organizations_requote_invitations on organizations;
drop trigger users_requote_invitations on users;
drop function requote_invitations_of_organization();
drop function requote_invitations_by_user();

-- The users with an open invitation that quotes what an activity has changed.
create table activity_invited_users (
    activity_id bigint not null,
    user_id     uuid   not null,
    primary key (activity_id, user_id)
);
create index activity_invited_users_user_id on activity_invited_users (user_id, activity_id);

alter table activity_organizations
    -- Whether the user was the sender of an open invitation there, and the activity changed what it quotes.
    add column is_inviter boolean not null default false;

-- Invitations that somebody may see. A day more than until they expire, because the clocks of nodes may be wrong
-- for a while.
create view open_invitations as
    select organization_id, invited_by, user_id
      from invitations
     where rejected_at is null and expires_at > now() - interval '1 day';
