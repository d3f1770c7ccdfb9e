import type { APIRequestContext } from "@playwright/test";
import { waitForLink } from "./mail";

export type Role = "admin" | "member";

export interface Organization {
  id: string;
  name: string;
  slug: string;
}

export interface Membership {
  id: string;
  role: Role;
  user: { id: string; name: string };
}

export interface MenuItem extends Membership {
  organization: Organization;
  preferences: { archived: boolean; muted: boolean; displayOrder: number };
}

export interface Invitation {
  id: string;
  organization: Organization;
}

export interface InviteResult {
  email: string;
  outcome: string;
  link?: string;
}

/** Something that belongs to an organization, such as a note. */
export interface Resource {
  id: string;
  title: string;
  version: number;
}

export interface Note extends Resource {
  body: string;
}

interface List<T> {
  items: T[];
  total: number;
}

/** The REST API, for the setup of a test. Methods throw when the server refuses. */
export class Api {
  readonly #request: APIRequestContext;
  readonly #url: string;

  constructor(request: APIRequestContext, url: string) {
    this.#request = request;
    this.#url = url;
  }

  /** Signs up by the link that is mailed, with the token of an invitation link if there is one. */
  async signUp(name: string, email: string, password: string, link?: string): Promise<void> {
    const invitation = link?.split("/").at(-1);
    await this.#send("POST", "/auth/sign-up", { name, email, invitation });
    const token = (await waitForLink(email, "sign-up")).split("/").at(-1);
    await this.#send("POST", "/auth/sign-up/complete", { token, password });
  }

  /** Changes the user's own name. */
  async renameUser(name: string): Promise<void> {
    await this.#send("PATCH", "/me", { name });
  }

  createOrganization(name: string, slug: string): Promise<Organization> {
    return this.#send("POST", "/organizations", { name, slug });
  }

  updateOrganization(
    organization: Organization,
    changes: Partial<Omit<Organization, "id">>,
  ): Promise<Organization> {
    return this.#send("PATCH", `/organizations/${organization.id}`, changes);
  }

  async invite(
    organization: Organization,
    email: string,
    role: Role = "member",
  ): Promise<InviteResult> {
    const path = `/organizations/${organization.id}/invitations`;
    const results: List<InviteResult> = await this.#send("POST", path, { emails: [email], role });
    return exactlyOne(results.items, () => true);
  }

  async acceptInvitation(organization: Organization): Promise<Membership> {
    return this.#send(
      "POST",
      `/invitations/${await this.#receivedInvitation(organization)}/accept`,
    );
  }

  async declineInvitation(organization: Organization): Promise<void> {
    await this.#send("POST", `/invitations/${await this.#receivedInvitation(organization)}/reject`);
  }

  /** Revokes the only open invitation of the organization. */
  async revokeInvitation(organization: Organization): Promise<void> {
    await this.#send("DELETE", `/invitations/${await this.#onlyPendingInvitation(organization)}`);
  }

  /** Sends the only open invitation of the organization again. */
  async resendInvitation(organization: Organization): Promise<InviteResult> {
    return this.#send(
      "POST",
      `/invitations/${await this.#onlyPendingInvitation(organization)}/resend`,
    );
  }

  async #onlyPendingInvitation(organization: Organization): Promise<string> {
    const path = `/organizations/${organization.id}/invitations`;
    const pending: List<Invitation> = await this.#send("GET", path);
    return exactlyOne(pending.items, () => true).id;
  }

  async #receivedInvitation(organization: Organization): Promise<string> {
    const invitations: List<Invitation> = await this.#send("GET", "/me/invitations");
    return exactlyOne(invitations.items, (it) => it.organization.id === organization.id).id;
  }

  async membership(organization: Organization, name: string): Promise<Membership> {
    const path = `/organizations/${organization.id}/members?limit=100`;
    const members: List<Membership> = await this.#send("GET", path);
    return exactlyOne(members.items, (it) => it.user.name === name);
  }

  menu(): Promise<List<MenuItem> & { news: Record<string, number> }> {
    return this.#send("GET", "/me/menu");
  }

  updateMembership(membership: string, changes: object): Promise<Membership> {
    return this.#send("PATCH", `/memberships/${membership}`, changes);
  }

  async setRole(organization: Organization, name: string, role: Role): Promise<void> {
    const { id } = await this.membership(organization, name);
    await this.#send("PATCH", `/memberships/${id}`, { role });
  }

  async removeMember(organization: Organization, name: string): Promise<void> {
    const { id } = await this.membership(organization, name);
    await this.#send("DELETE", `/memberships/${id}`);
  }

  async leave(organization: Organization): Promise<void> {
    await this.#send("POST", `/organizations/${organization.id}/leave`);
  }

  createNote(organization: Organization, title: string, body = ""): Promise<Note> {
    return this.createResource(organization, "notes", { title, body });
  }

  updateNote(note: Note, changes: Partial<Pick<Note, "title" | "body">>): Promise<Note> {
    return this.updateResource("notes", note, changes);
  }

  deleteNote(note: Note): Promise<void> {
    return this.deleteResource("notes", note);
  }

  /** Creates a resource in a collection of the organization, such as "notes". */
  createResource<T extends Resource>(
    organization: Organization,
    collection: string,
    texts: object,
  ): Promise<T> {
    return this.#send("POST", `/organizations/${organization.id}/${collection}`, texts);
  }

  /** Updates a resource, if its version is still that of the argument. */
  updateResource<T extends Resource>(collection: string, resource: T, changes: object): Promise<T> {
    return this.#send("PATCH", `/${collection}/${resource.id}`, changes, ifMatch(resource));
  }

  /** Deletes a resource, if its version is still that of the argument. */
  async deleteResource(collection: string, resource: Resource): Promise<void> {
    await this.#send("DELETE", `/${collection}/${resource.id}`, undefined, ifMatch(resource));
  }

  async #send<T>(
    method: string,
    path: string,
    data?: object,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const answer = await this.#request.fetch(`${this.#url}${path}`, {
      method,
      headers,
      ...(data && { data }),
    });
    const text = await answer.text();
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}

function ifMatch(resource: Resource): Record<string, string> {
  return { "if-match": `"${resource.version}"` };
}

function exactlyOne<T>(items: T[], matches: (item: T) => boolean): T {
  const [item, ...more] = items.filter(matches);
  if (item === undefined || more.length > 0) {
    throw new Error(`Expected exactly one match in ${JSON.stringify(items)}.`);
  }
  return item;
}
