import type { Organization } from "./api";
import type { SignUp } from "./fixtures";
import { type Person, unique } from "./person";

/** Creates an organization with this admin and these members, through the API. */
export async function createOrganization(
  name: string,
  admin: Person,
  ...members: Person[]
): Promise<Organization> {
  const created = await admin.api.createOrganization(name, uniqueSlug(name));
  for (const member of members) {
    await admin.api.invite(created, member.email);
    await member.api.acceptInvitation(created);
  }
  return created;
}

/** Signs up three users in one organization; Ada is its admin. */
export async function signUpTeam(signUp: SignUp) {
  const [ada, ben, cleo] = [await signUp("Ada"), await signUp("Ben"), await signUp("Cleo")];
  const wind = await createOrganization("North Wind", ada, ben, cleo);
  return { ada, ben, cleo, wind };
}

/** A slug that is free, with the beginning of the name in it. */
export function uniqueSlug(name: string): string {
  return `${name.toLowerCase().replaceAll(" ", "-").slice(0, 30)}-${unique()}`;
}
