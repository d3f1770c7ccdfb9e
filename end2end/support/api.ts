import type { APIRequestContext } from "@playwright/test";

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

/** Something that an organization holds. */
export interface Held {
  id: string;
  title: string;
  version: number;
}

export interface Note extends Held {
  body: string;
}

interface List<T> {
  items: T[];
  total: number;
}

/** The REST API, for what a test needs but isn't about. Every refusal fails the test. */
export class Api {
  readonly #request: APIRequestContext;
  readonly #url: string;

  constructor(request: APIRequestContext, url: string) {
    this.#request = request;
    this.#url = url;
  }

  /** With an invitation's link, if that is given. */
  async signUp(name: string, email: string, password: string, link?: string): Promise<void> {
    const invitation = link?.split("/").at(-1);
    await this.#send("POST", "/auth/sign-up", { name, email, password, invitation });
  }

  /** Takes another name. */
  async rename(name: string): Promise<void> {
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
    return only(results.items, () => true);
  }

  async accept(organization: Organization): Promise<Membership> {
    return this.#send("POST", `/invitations/${await this.#invitation(organization)}/accept`);
  }

  async reject(organization: Organization): Promise<void> {
    await this.#send("POST", `/invitations/${await this.#invitation(organization)}/reject`);
  }

  /** Takes back the organization's only invitation. */
  async revoke(organization: Organization): Promise<void> {
    await this.#send("DELETE", `/invitations/${await this.#pending(organization)}`);
  }

  /** Renews the organization's only invitation. */
  async resend(organization: Organization): Promise<InviteResult> {
    return this.#send("POST", `/invitations/${await this.#pending(organization)}/resend`);
  }

  async #pending(organization: Organization): Promise<string> {
    const path = `/organizations/${organization.id}/invitations`;
    const pending: List<Invitation> = await this.#send("GET", path);
    return only(pending.items, () => true).id;
  }

  async #invitation(organization: Organization): Promise<string> {
    const invitations: List<Invitation> = await this.#send("GET", "/me/invitations");
    return only(invitations.items, (it) => it.organization.id === organization.id).id;
  }

  async membership(organization: Organization, name: string): Promise<Membership> {
    const path = `/organizations/${organization.id}/members?limit=100`;
    const members: List<Membership> = await this.#send("GET", path);
    return only(members.items, (it) => it.user.name === name);
  }

  menu(): Promise<List<MenuItem> & { news: Record<string, number> }> {
    return this.#send("GET", "/me/menu");
  }

  arrange(membership: string, changes: object): Promise<Membership> {
    return this.#send("PATCH", `/memberships/${membership}`, changes);
  }

  async setRole(organization: Organization, name: string, role: Role): Promise<void> {
    const { id } = await this.membership(organization, name);
    await this.#send("PATCH", `/memberships/${id}`, { role });
  }

  async remove(organization: Organization, name: string): Promise<void> {
    const { id } = await this.membership(organization, name);
    await this.#send("DELETE", `/memberships/${id}`);
  }

  async leave(organization: Organization): Promise<void> {
    await this.#send("POST", `/organizations/${organization.id}/leave`);
  }

  createNote(organization: Organization, title: string, body = ""): Promise<Note> {
    return this.add(organization, "notes", { title, body });
  }

  updateNote(note: Note, changes: Partial<Pick<Note, "title" | "body">>): Promise<Note> {
    return this.change("notes", note, changes);
  }

  deleteNote(note: Note): Promise<void> {
    return this.drop("notes", note);
  }

  /** Adds to one collection of what the organization holds, such as "notes". */
  add<T extends Held>(organization: Organization, collection: string, texts: object): Promise<T> {
    return this.#send("POST", `/organizations/${organization.id}/${collection}`, texts);
  }

  /** Changes the version that the caller has. */
  change<T extends Held>(collection: string, thing: T, changes: object): Promise<T> {
    return this.#send("PATCH", `/${collection}/${thing.id}`, changes, ifMatch(thing));
  }

  /** Deletes the version that the caller has. */
  async drop(collection: string, thing: Held): Promise<void> {
    await this.#send("DELETE", `/${collection}/${thing.id}`, undefined, ifMatch(thing));
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

function ifMatch(thing: Held): Record<string, string> {
  return { "if-match": `"${thing.version}"` };
}

function only<T>(items: T[], wanted: (item: T) => boolean): T {
  const [item, ...more] = items.filter(wanted);
  if (item === undefined || more.length > 0) {
    throw new Error(`Not exactly one of ${JSON.stringify(items)}.`);
  }
  return item;
}
