-- What an organization was called before: the audit trail says it with every new name.
create index activities_organization_history on activities (organization_id, id)
    where kind = 'organization';
