import { frame } from "./es/frame.ts";
import { errors } from "./es/errors.ts";
import { joining } from "./es/joining.ts";
import { writing } from "./es/writing.ts";
import { notes } from "./es/notes.ts";
import { films } from "./es/films.ts";
import { media } from "./es/media.ts";
import { explore } from "./es/explore.ts";
import { people } from "./es/people.ts";
import { notifications } from "./es/notifications.ts";
import { sharing } from "./es/sharing.ts";
import { settings } from "./es/settings.ts";
import { reading } from "./es/reading.ts";
import { about } from "./es/about.ts";
import { domains } from "./es/domains.ts";
import { security } from "./es/security.ts";
import { moderation } from "./es/moderation.ts";
import { reports } from "./es/reports.ts";
import { admin } from "./es/admin.ts";
import { clients } from "./es/clients.ts";
import { launch } from "./es/launch.ts";
import { staff } from "./es/staff.ts";
import { transfers } from "./es/transfers.ts";
import { lifeboat } from "./es/lifeboat.ts";
import { frozen } from "./es/frozen.ts";
import { decisions } from "./es/decisions.ts";
import { readiness } from "./es/readiness.ts";
import { standby } from "./es/standby.ts";
import { withholding } from "./es/withholding.ts";
import { log } from "./es/log.ts";
import { arrivals } from "./es/arrivals.ts";
import { gates } from "./es/gates.ts";
import { health } from "./es/health.ts";
import { messages } from "./es/messages.ts";
import { classifier } from "./es/classifier.ts";
import type { Catalogue } from "./en.ts";

/** Español */
export const es: Catalogue = {
  ...frame,
  ...errors,
  ...joining,
  ...writing,
  ...notes,
  ...media,
  ...films,
  ...explore,
  ...people,
  ...notifications,
  ...sharing,
  ...settings,
  ...reading,
  ...about,
  ...domains,
  ...security,
  ...moderation,
  ...reports,
  ...admin,
  ...clients,
  ...launch,
  ...staff,
  ...transfers,
  ...lifeboat,
  ...frozen,
  ...decisions,
  ...readiness,
  ...standby,
  ...arrivals,
  ...gates,
  ...health,
  ...messages,
  ...classifier,
  ...log,
  ...withholding,
};
