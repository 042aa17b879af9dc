// What open streams are told: saying that something happened, and finding out who hears of it and how they see it.
// Part of services/: may import what services may; imported by the doors and by other services.

import type { App } from "../../context.ts";
import type { Happening } from "../../domain/happening.ts";
import { afterCommit } from "../../store/database.ts";

/** Tells open streams of something when the transaction around it has committed, and nobody when it has not. */
export function announce(app: App, happening: Happening): void {
  afterCommit(() => app.happenings.publish(happening));
}
