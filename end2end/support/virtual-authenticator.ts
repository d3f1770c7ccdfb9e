//! Chromium's virtual authenticator: a device with passkeys that asks nobody.
import type { CDPSession, Page } from "@playwright/test";

export class VirtualAuthenticator {
  private constructor(
    private readonly session: CDPSession,
    private readonly id: string,
  ) {}

  /** Gives the tab an authenticator that verifies its user. */
  static async attach(page: Page): Promise<VirtualAuthenticator> {
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable");
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new VirtualAuthenticator(session, authenticatorId);
  }

  /** Whether it recognizes whoever uses it from now on. */
  async setUserVerified(isUserVerified: boolean): Promise<void> {
    await this.session.send("WebAuthn.setUserVerified", {
      authenticatorId: this.id,
      isUserVerified,
    });
  }

  /** Loses its passkeys. */
  async clear(): Promise<void> {
    await this.session.send("WebAuthn.clearCredentials", { authenticatorId: this.id });
  }
}
