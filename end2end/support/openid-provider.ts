//! A small OpenID provider: its page asks for an email address and believes it.
import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

const CLIENT_ID = "tributary";
const CLIENT_SECRET = "the client's secret";

/** A code that wasn't exchanged. */
interface Grant {
  email: string;
  nonce: string;
  codeChallenge: string;
}

export class OpenIdProvider {
  readonly #keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  readonly #grants = new Map<string, Grant>();

  private constructor(
    readonly issuer: string,
    private readonly server: Server,
  ) {}

  static async start(): Promise<OpenIdProvider> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const provider = new OpenIdProvider(`http://127.0.0.1:${port}`, server);
    server.on("request", (request, response) => void provider.#answer(request, response));
    return provider;
  }

  /** The settings of a server that is registered here under that URL. */
  settings(publicUrl: string): Record<string, string> {
    return {
      PUBLIC_URL: publicUrl,
      OIDC_ISSUER: this.issuer,
      OIDC_CLIENT_ID: CLIENT_ID,
      OIDC_CLIENT_SECRET: CLIENT_SECRET,
      OIDC_NAME: "Acme",
    };
  }

  /** Stops answering. Does nothing if it has stopped. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.issuer);
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return json(response, this.#configuration());
      case "/keys":
        return json(response, { keys: [this.#publicKey()] });
      case "/authorize":
        return page(response, url.searchParams);
      case "/sign-in":
        return this.#signIn(response, url.searchParams);
      case "/token":
        return this.#exchange(response, new URLSearchParams(await text(request)));
      default:
        response.writeHead(404).end();
    }
  }

  #configuration() {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/keys`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    };
  }

  #publicKey() {
    const key = this.#keys.publicKey.export({ format: "jwk" });
    return { ...key, kid: "first", use: "sig", alg: "RS256" };
  }

  /** Sends the browser back with a code. */
  #signIn(response: ServerResponse, form: URLSearchParams): void {
    const field = (name: string) => form.get(name) ?? "";
    const code = randomUUID();
    const [email, nonce, codeChallenge] = [field("email"), field("nonce"), field("code_challenge")];
    this.#grants.set(code, { email, nonce, codeChallenge });
    const back = new URL(field("redirect_uri"));
    back.search = new URLSearchParams({ code, state: field("state") }).toString();
    response.writeHead(303, { location: back.href }).end();
  }

  #exchange(response: ServerResponse, form: URLSearchParams): void {
    const code = form.get("code") ?? "";
    const grant = this.#grants.get(code);
    this.#grants.delete(code);
    const challenge = createHash("sha256").update(form.get("code_verifier") ?? "");
    if (!grant || challenge.digest("base64url") !== grant.codeChallenge) {
      json(response, { error: "invalid_grant" }, 400);
      return;
    }
    const token = { access_token: randomUUID(), token_type: "Bearer" };
    json(response, { ...token, id_token: this.#token(grant) });
  }

  #token({ email, nonce }: Grant): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.issuer,
      sub: createHash("sha256").update(email).digest("hex"),
      aud: CLIENT_ID,
      iat: now,
      exp: now + 300,
      auth_time: now,
      nonce,
      email,
      email_verified: true,
      name: "Ada",
    };
    const parts = [{ alg: "RS256", kid: "first" }, claims];
    const signed = parts
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    const signature = sign("sha256", Buffer.from(signed), this.#keys.privateKey);
    return `${signed}.${signature.toString("base64url")}`;
  }
}

function json(response: ServerResponse, content: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(content));
}

/** The page on which people sign in. */
function page(response: ServerResponse, query: URLSearchParams): void {
  const escaped = (value: string) => value.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const hidden = [...query].map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
  response.end(`<!doctype html><html lang="en"><title>Acme</title><link rel="icon" href="data:,">
    <h1>Sign in to Acme</h1>
    <form action="/sign-in"><label>Email <input name="email"></label>${hidden.join("")}
    <button>Sign in</button></form></html>`);
}
