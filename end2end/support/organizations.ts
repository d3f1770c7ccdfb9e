import type { Organization } from "./api";
import { type Person, unique } from "./person";
import { psql } from "./processes";

/** An organization with that admin and those members. */
export async function organization(
  name: string,
  admin: Person,
  ...members: Person[]
): Promise<Organization> {
  const created = await admin.api.createOrganization(name, slug(name));
  for (const member of members) {
    await admin.api.invite(created, member.email);
    await member.api.accept(created);
  }
  return created;
}

/** So many more members, and for an hour all of them are here, as another node would say it. */
export async function crowdThatIsHere(
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

/** A slug that nobody else has, made of the name's beginning. */
export function slug(name: string): string {
  return `${name.toLowerCase().replaceAll(" ", "-").slice(0, 30)}-${unique()}`;
}
