import type { Viewer } from "../../server/domain/actor.ts";
import { renewRecoveryCodes } from "../../server/services/accounts/recovery-codes.ts";
import { createResetLink } from "../../server/services/accounts/recovery.ts";
import { listPasskeys } from "../../server/services/accounts/passkeys.ts";
import type { TestInstance } from "../support/instance.ts";
import { withPasskey } from "../support/passkeys.ts";

/** Ways into accounts. */
export type SignInSample = {
  /** Of ada, as a path of the page that asks before it is removed. */
  readonly passkey: string;
  /** Of tom, as a path. */
  readonly resetLink: string;
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
  return { passkey: `/settings/passkeys/${passkey?.id ?? 0}/remove`, resetLink: pathname + search };
}
