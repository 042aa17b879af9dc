import { frame } from "./zh-Hans/frame.ts";
import { errors } from "./zh-Hans/errors.ts";
import { joining } from "./zh-Hans/joining.ts";
import { writing } from "./zh-Hans/writing.ts";
import { notes } from "./zh-Hans/notes.ts";
import { films } from "./zh-Hans/films.ts";
import { media } from "./zh-Hans/media.ts";
import { explore } from "./zh-Hans/explore.ts";
import { people } from "./zh-Hans/people.ts";
import { notifications } from "./zh-Hans/notifications.ts";
import { sharing } from "./zh-Hans/sharing.ts";
import { settings } from "./zh-Hans/settings.ts";
import { reading } from "./zh-Hans/reading.ts";
import { about } from "./zh-Hans/about.ts";
import { domains } from "./zh-Hans/domains.ts";
import { security } from "./zh-Hans/security.ts";
import { moderation } from "./zh-Hans/moderation.ts";
import { reports } from "./zh-Hans/reports.ts";
import { admin } from "./zh-Hans/admin.ts";
import { clients } from "./zh-Hans/clients.ts";
import { launch } from "./zh-Hans/launch.ts";
import { staff } from "./zh-Hans/staff.ts";
import { transfers } from "./zh-Hans/transfers.ts";
import { lifeboat } from "./zh-Hans/lifeboat.ts";
import { frozen } from "./zh-Hans/frozen.ts";
import { decisions } from "./zh-Hans/decisions.ts";
import { readiness } from "./zh-Hans/readiness.ts";
import { standby } from "./zh-Hans/standby.ts";
import { withholding } from "./zh-Hans/withholding.ts";
import { log } from "./zh-Hans/log.ts";
import { arrivals } from "./zh-Hans/arrivals.ts";
import { gates } from "./zh-Hans/gates.ts";
import { health } from "./zh-Hans/health.ts";
import { messages } from "./zh-Hans/messages.ts";
import { classifier } from "./zh-Hans/classifier.ts";
import type { Catalogue } from "./en.ts";

/** 简体中文 */
export const zhHans: Catalogue = {
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
