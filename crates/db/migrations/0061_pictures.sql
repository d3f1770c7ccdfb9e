-- Pictures of people and organizations, as the server drew them. Outside of the publication: the log
-- says which picture it is, not what is on it. Each has one owner, and goes with them.
create table pictures (
    -- At random: whoever is told of it knows where it is, and nobody else can guess.
    id         uuid        primary key default gen_random_uuid(),
    media_type text        not null,
    bytes      bytea       not null,
    constraint pictures_media_type_known check (media_type in ('image/jpeg', 'image/png')),
    constraint pictures_size check (octet_length(bytes) between 1 and 1048576)
);

alter table users
    add column picture uuid,
    add constraint users_picture_known foreign key (picture) references pictures on delete set null,
    add constraint users_picture_unique unique (picture);

alter table organizations
    add column picture uuid,
    add constraint organizations_picture_known foreign key (picture) references pictures on delete set null,
    add constraint organizations_picture_unique unique (picture);

create function drop_former_picture() returns trigger
    language plpgsql as
$$
begin
    delete from pictures where id = old.picture;
    return null;
end;
$$;

create trigger users_drop_replaced_picture
    after update of picture on users
    for each row when (old.picture is not null and old.picture is distinct from new.picture)
    execute function drop_former_picture();

create trigger users_drop_picture
    after delete on users
    for each row when (old.picture is not null)
    execute function drop_former_picture();

create trigger organizations_drop_replaced_picture
    after update of picture on organizations
    for each row when (old.picture is not null and old.picture is distinct from new.picture)
    execute function drop_former_picture();

create trigger organizations_drop_picture
    after delete on organizations
    for each row when (old.picture is not null)
    execute function drop_former_picture();
