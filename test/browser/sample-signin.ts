import type { Viewer } from "../../server/domain/actor.ts";
import { renewRecoveryCodes } from "../../server/services/accounts/recovery-codes.ts";
import { createResetLink } from "../../server/services/accounts/recovery.ts";
import { registerClient } from "../../server/services/clients/apps.ts";
import { listConnections } from "../../server/services/clients/connections.ts";
import { grantAccess, redeemCode } from "../../server/services/clients/grants.ts";
import { createToken } from "../../server/services/operations/operations.ts";
import { listPasskeys } from "../../server/services/accounts/passkeys.ts";
import type { TestInstance } from "../support/instance.ts";
import { withPasskey } from "../support/passkeys.ts";

/** Ways into accounts. */
export type SignInSample = {
  /** Of ada, as a path of the page that asks before it is removed. */
  readonly passkey: string;
  /** Of tom, as a path. */
  readonly resetLink: string;
  /** An app that asks ada, as a path. */
  readonly authorize: string;
  /** One that she has let in, as a path of the page that asks before it is shut out. */
  readonly endApp: string;
};

/** Gives ada two passkeys and fresh recovery codes, and somebody a reset link. */
export async function fillSignIn(instance: TestInstance, ada: Viewer): Promise<SignInSample> {
  const { app } = instance;
  const member = { viewer: ada, sessionToken: "" };
  await withPasskey(instance, member);
  await withPasskey(instance, member);
  await renewRecoveryCodes(app, ada);
  const [passkey] = await listPasskeys(app, ada);
  const { url } = await createResetLink(app, { username: "tom" });
  const { pathname, search } = new URL(url);
  const apps = await fillApps(instance, ada);
  return { passkey: `/settings/passkeys/${passkey?.id ?? 0}/remove`, resetLink: pathname + search, ...apps };
}

/** Two apps that ada has let in, a token made by hand, and an app that asks. */
async function fillApps(
  { app }: TestInstance,
  ada: Viewer,
): Promise<Pick<SignInSample, "authorize" | "endApp">> {
  const register = async (name: string, redirectUri: string) => {
    const website = "https://seal.example";
    const { client } = await registerClient(app, {
      name,
      website,
      redirectUris: [redirectUri],
      scopes: "read write follow push admin:read",
      ip: "203.0.113.9",
    });
    return client;
  };
  await createToken(app, { username: "ada", scopes: ["read:statuses", "write:media"], name: "backup" });
  for (const [name, scopes] of [
    ["Seal", ["read", "write", "follow", "push"]],
    ["Λιμάνι — 一个名字很长的应用程序", ["read:notifications", "read:lists", "profile"]],
  ] as const) {
    const redirectUri = "sealapp://";
    const client = await register(name, redirectUri);
    const code = await grantAccess(app, ada, { client, redirectUri, scopes, challenge: null });
    await redeemCode(app, client, { code, redirectUri, verifier: undefined, isProven: true });
  }
  const asking = await register("Tidepool", "https://tidepool.example/signed-in");
  const query = new URLSearchParams({
    response_type: "code",
    client_id: asking.clientId,
    redirect_uri: "https://tidepool.example/signed-in",
    scope: "read write:statuses write:media push",
  });
  const [newest] = await listConnections(app, ada);
  return { authorize: `/oauth/authorize?${query}`, endApp: `/settings/apps/${newest?.id ?? 0}/end` };
}
