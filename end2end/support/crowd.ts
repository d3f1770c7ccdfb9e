//! Organizations of many.
import type { Organization } from "./api";
import { psql } from "./processes";

/**
 * Adds so many members by plain SQL, called `Member 00001` and so on; waits until the log has them,
 * so that whoever looks afterwards isn't told of each.
 */
export async function crowd(database: string, { id }: Organization, count: number): Promise<void> {
  await join(database, { id }, count);
  await psql(
    database,
    `set statement_timeout = '60s';
     do $$
     begin
       while (select count(*) from activities
               where organization_id = '${id}' and kind = 'membership') < ${count} loop
         perform pg_sleep(0.05);
       end loop;
     end $$`,
  );
}

/** The same, for those who watch it happen. */
export function join(
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
