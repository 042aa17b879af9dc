import { outranks, type Viewer } from "../../domain/actor.ts";
import { forbidden } from "../../errors.ts";

/** @throws forbidden below admin */
export function requireAdministrator(viewer: Viewer): void {
  if (!outranks(viewer.role, "moderator")) throw forbidden();
}

/** @throws forbidden below moderator */
export function requireModerator(viewer: Viewer): void {
  if (!outranks(viewer.role, "member")) throw forbidden();
}
