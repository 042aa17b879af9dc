import { frame } from "./zh-Hant/frame.ts";
import { errors } from "./zh-Hant/errors.ts";
import { joining } from "./zh-Hant/joining.ts";
import { writing } from "./zh-Hant/writing.ts";
import { notes } from "./zh-Hant/notes.ts";
import { films } from "./zh-Hant/films.ts";
import { media } from "./zh-Hant/media.ts";
import { explore } from "./zh-Hant/explore.ts";
import { people } from "./zh-Hant/people.ts";
import { notifications } from "./zh-Hant/notifications.ts";
import { sharing } from "./zh-Hant/sharing.ts";
import { settings } from "./zh-Hant/settings.ts";
import { reading } from "./zh-Hant/reading.ts";
import { about } from "./zh-Hant/about.ts";
import { domains } from "./zh-Hant/domains.ts";
import { security } from "./zh-Hant/security.ts";
import { moderation } from "./zh-Hant/moderation.ts";
import { reports } from "./zh-Hant/reports.ts";
import { admin } from "./zh-Hant/admin.ts";
import { clients } from "./zh-Hant/clients.ts";
import { launch } from "./zh-Hant/launch.ts";
import { staff } from "./zh-Hant/staff.ts";
import { transfers } from "./zh-Hant/transfers.ts";
import { lifeboat } from "./zh-Hant/lifeboat.ts";
import { frozen } from "./zh-Hant/frozen.ts";
import { decisions } from "./zh-Hant/decisions.ts";
import { readiness } from "./zh-Hant/readiness.ts";
import { standby } from "./zh-Hant/standby.ts";
import { withholding } from "./zh-Hant/withholding.ts";
import { log } from "./zh-Hant/log.ts";
import { arrivals } from "./zh-Hant/arrivals.ts";
import { gates } from "./zh-Hant/gates.ts";
import { health } from "./zh-Hant/health.ts";
import { messages } from "./zh-Hant/messages.ts";
import { classifier } from "./zh-Hant/classifier.ts";
import type { Catalogue } from "./en.ts";

/** 繁體中文 */
export const zhHant: Catalogue = {
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
