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

export interface Note {
  id: string;
  title: string;
  body: string;
  version: number;
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

  async signUp(name: string, email: string, password: string): Promise<void> {
    await this.#send("POST", "/auth/sign-up", { name, email, password });
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
    const invitations: List<Invitation> = await this.#send("GET", "/me/invitations");
    const { id } = only(invitations.items, (it) => it.organization.id === organization.id);
    return this.#send("POST", `/invitations/${id}/accept`);
  }

  async membership(organization: Organization, name: string): Promise<Membership> {
    const path = `/organizations/${organization.id}/members?limit=100`;
    const members: List<Membership> = await this.#send("GET", path);
    return only(members.items, (it) => it.user.name === name);
  }

  menu(): Promise<List<MenuItem> & { news: Record<string, number> }> {
    return this.#send("GET", "/me/menu");
  }

  async writeNote(organization: Organization, title: string): Promise<void> {
    await this.#send("POST", `/organizations/${organization.id}/notes`, { title });
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

  createNote(organization: Organization, title: string, body = ""): Promise<Note> {
    return this.#send("POST", `/organizations/${organization.id}/notes`, { title, body });
  }

  /** Changes the version of the note that the caller has. */
  updateNote(note: Note, changes: Partial<Pick<Note, "title" | "body">>): Promise<Note> {
    return this.#send("PATCH", `/notes/${note.id}`, changes, ifMatch(note));
  }

  async deleteNote(note: Note): Promise<void> {
    await this.#send("DELETE", `/notes/${note.id}`, undefined, ifMatch(note));
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

function ifMatch(note: Note): Record<string, string> {
  return { "if-match": `"${note.version}"` };
}

function only<T>(items: T[], wanted: (item: T) => boolean): T {
  const [item, ...more] = items.filter(wanted);
  if (item === undefined || more.length > 0) {
    throw new Error(`Not exactly one of ${JSON.stringify(items)}.`);
  }
  return item;
}
