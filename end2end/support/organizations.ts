import type { Organization } from "./api";
import { type Person, unique } from "./person";

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

/** A slug that nobody else has, made of the name's beginning. */
export function slug(name: string): string {
  return `${name.toLowerCase().replaceAll(" ", "-").slice(0, 30)}-${unique()}`;
}
