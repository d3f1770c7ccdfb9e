-- Names this instance in the session's cookie, so that two instances on one host don't sign each other's
-- people out. All nodes on this database are one instance.
create table instance (
    id     integer not null default (random() * 4294967295 - 2147483648)::bigint::integer,
    is_one boolean primary key default true,
    constraint instance_is_one check (is_one)
);

insert into instance default values;
