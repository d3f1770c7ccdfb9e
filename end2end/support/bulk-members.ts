//! Many members at once, inserted by plain SQL.
import type { Organization } from "./api";
import { psql, waitForCondition } from "./database";
import { unique } from "./person";

/**
 * Inserts `count` members called `Member 00001` and so on, and waits until the log has them: pages
 * that are opened afterwards receive no change for each of them.
 */
export async function insertMembersAndWait(
  database: string,
  { id }: Organization,
  count: number,
): Promise<void> {
  await insertMembers(database, { id }, count);
  await waitForCondition(
    database,
    `(select count(*) from activities
       where organization_id = '${id}' and kind = 'membership') >= ${count}`,
    60,
  );
}

/** Inserts the same members without waiting, for pages that watch them join. */
export function insertMembers(
  database: string,
  { id }: Pick<Organization, "id">,
  count: number,
): Promise<void> {
  return psql(
    database,
    `with people as (
       insert into users (id, email, name)
       select gen_random_uuid(), gen_random_uuid() || '@example.com', 'Member ' || lpad(n::text, 5, '0')
         from generate_series(1, ${count}) n
       returning id)
     insert into memberships (id, organization_id, user_id, role, display_order)
     select gen_random_uuid(), '${id}', id, 'member', 10 from people`,
  );
}

/** Inserts `count` members who are present for an hour, as another node would record it. */
export async function insertPresentMembers(
  database: string,
  organization: Organization,
  count: number,
): Promise<void> {
  await psql(
    database,
    `with crowd as (
       insert into users (id, email, name)
       select gen_random_uuid(), 'crowd' || n || '-${unique()}@example.com', 'Crowd ' || n
         from generate_series(1, ${count}) n returning id
     ), members as (
       insert into memberships (id, organization_id, user_id, role)
       select gen_random_uuid(), '${organization.id}', id, 'member' from crowd
     )
     insert into presences (organization_id, user_id, node_id, left_at)
     select '${organization.id}', id, gen_random_uuid(), now() + interval '1 hour' from crowd`,
  );
}
