import { finishSignIn } from "../../../server/services/accounts/sign-in.ts";
import { attempt, readForm, returnedForm } from "../../forms.ts";
import type { WebContext } from "../../visit.ts";
import { destinationOf, enter } from "./entering.ts";
import { showLoginAgain } from "./login.ts";
import { showSecondStep } from "./second-step.ts";

/** The second step has no page of its own: it follows the first, so a reload begins anew. */
export async function getSecondStep(c: WebContext): Promise<Response> {
  return c.redirect("/login", 303);
}

export async function postSecondStep(c: WebContext): Promise<Response> {
  const { app, ip } = c.get("visit");
  const form = await readForm(c);
  const destination = destinationOf(form);
  const ticket = form.text("ticket");
  const agent = c.req.header("user-agent") ?? "";
  const outcome = await attempt(() => finishSignIn(app, { ticket, code: form.text("code"), ip, agent }));
  if (outcome.ok) return await enter(c, outcome.value.sessionToken, destination);
  const { refusal } = outcome;
  if (refusal.general?.key === "error.second_step") return await showLoginAgain(c, destination, refusal);
  return await showSecondStep(c, { ticket, destination, state: returnedForm(form, refusal) });
}
