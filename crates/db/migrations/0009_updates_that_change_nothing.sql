-- An update that changes nothing makes no new version: nobody is told of it, so whoever shows the
-- row would hold an older one for good, and be refused their next change of a note.
drop trigger users_bump_version on users;
create trigger users_bump_version
    before update on users
    for each row when (old.* is distinct from new.*) execute function bump_version();

drop trigger organizations_bump_version on organizations;
create trigger organizations_bump_version
    before update on organizations
    for each row when (old.* is distinct from new.*) execute function bump_version();

drop trigger memberships_bump_version on memberships;
create trigger memberships_bump_version
    before update on memberships
    for each row when (old.* is distinct from new.*) execute function bump_version();

drop trigger invitations_bump_version on invitations;
create trigger invitations_bump_version
    before update on invitations
    for each row when (old.* is distinct from new.*) execute function bump_version();

drop trigger notes_bump_version on notes;
create trigger notes_bump_version
    before update on notes
    for each row when (old.* is distinct from new.*) execute function bump_version();
