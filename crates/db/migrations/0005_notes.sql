-- What an organization writes down together.

-- The rules of the types `NoteTitle` and `NoteBody`, for whoever writes by plain SQL. A body may
-- have line breaks and tabs.
create domain note_title_text as text
    check (char_length(value) between 1 and 200)
    check (value = btrim(value))
    check (value !~ '[\u0001-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]');

create domain note_body_text as text
    check (char_length(value) <= 10000)
    check (value !~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]');

create table notes (
    id              uuid            primary key,
    organization_id uuid            not null references organizations on delete cascade,
    author          uuid            references users on delete set null,
    title           note_title_text not null,
    body            note_body_text  not null default '',
    version         bigint          not null default 1,
    created_at      timestamptz     not null default now(),
    updated_at      timestamptz     not null default now()
);

create index notes_organization_id on notes (organization_id, id desc);
create index notes_author on notes (author);

create trigger notes_bump_version
    before update on notes
    for each row execute function bump_version();

alter table notes replica identity full;
alter publication tributary add table notes;

-- Catching up on one organization's notes reads nothing of its members.
create index activities_notes on activities (organization_id, id)
    where kind = 'note';
