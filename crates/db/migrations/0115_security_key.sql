-- The key of the hashes in the security log. All nodes share it, so that lines of different nodes about the
-- same account have the same hash. Random UUIDs come from the system's strong source of randomness.
alter table instance
    add column security_key bytea not null
        default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
    add constraint instance_security_key_length check (octet_length(security_key) = 32);
