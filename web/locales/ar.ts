import { frame } from "./ar/frame.ts";
import { errors } from "./ar/errors.ts";
import { joining } from "./ar/joining.ts";
import { writing } from "./ar/writing.ts";
import { notes } from "./ar/notes.ts";
import { films } from "./ar/films.ts";
import { media } from "./ar/media.ts";
import { explore } from "./ar/explore.ts";
import { people } from "./ar/people.ts";
import { notifications } from "./ar/notifications.ts";
import { sharing } from "./ar/sharing.ts";
import { settings } from "./ar/settings.ts";
import { reading } from "./ar/reading.ts";
import { about } from "./ar/about.ts";
import { domains } from "./ar/domains.ts";
import { security } from "./ar/security.ts";
import { moderation } from "./ar/moderation.ts";
import { reports } from "./ar/reports.ts";
import { admin } from "./ar/admin.ts";
import { clients } from "./ar/clients.ts";
import { launch } from "./ar/launch.ts";
import { staff } from "./ar/staff.ts";
import { transfers } from "./ar/transfers.ts";
import { lifeboat } from "./ar/lifeboat.ts";
import { frozen } from "./ar/frozen.ts";
import { decisions } from "./ar/decisions.ts";
import { readiness } from "./ar/readiness.ts";
import { standby } from "./ar/standby.ts";
import { withholding } from "./ar/withholding.ts";
import { log } from "./ar/log.ts";
import { arrivals } from "./ar/arrivals.ts";
import { gates } from "./ar/gates.ts";
import { health } from "./ar/health.ts";
import { messages } from "./ar/messages.ts";
import { classifier } from "./ar/classifier.ts";
import type { Catalogue } from "./en.ts";

/** العربية */
export const ar: Catalogue = {
  ...frame,
  ...errors,
  ...joining,
  ...writing,
  ...notes,
  ...films,
  ...media,
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
