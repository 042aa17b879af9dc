// English: the source of all keys, one file a theme. Texts are what people read; protocol words stay out of them.

import type { MessageText } from "./catalogue.ts";
import { frame } from "./en/frame.ts";
import { errors } from "./en/errors.ts";
import { joining } from "./en/joining.ts";
import { writing } from "./en/writing.ts";
import { notes } from "./en/notes.ts";
import { films } from "./en/films.ts";
import { media } from "./en/media.ts";
import { explore } from "./en/explore.ts";
import { people } from "./en/people.ts";
import { notifications } from "./en/notifications.ts";
import { sharing } from "./en/sharing.ts";
import { settings } from "./en/settings.ts";
import { reading } from "./en/reading.ts";
import { about } from "./en/about.ts";
import { domains } from "./en/domains.ts";
import { security } from "./en/security.ts";
import { moderation } from "./en/moderation.ts";
import { reports } from "./en/reports.ts";
import { admin } from "./en/admin.ts";
import { clients } from "./en/clients.ts";
import { launch } from "./en/launch.ts";
import { staff } from "./en/staff.ts";
import { transfers } from "./en/transfers.ts";
import { lifeboat } from "./en/lifeboat.ts";
import { frozen } from "./en/frozen.ts";
import { decisions } from "./en/decisions.ts";
import { readiness } from "./en/readiness.ts";
import { standby } from "./en/standby.ts";
import { withholding } from "./en/withholding.ts";
import { log } from "./en/log.ts";
import { arrivals } from "./en/arrivals.ts";
import { gates } from "./en/gates.ts";
import { health } from "./en/health.ts";
import { messages } from "./en/messages.ts";
import { classifier } from "./en/classifier.ts";

export const en = {
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
} as const;

/** A text that pages can show. */
export type MessageKey = keyof typeof en;

/** All texts in one language. */
export type Catalogue = Readonly<Record<MessageKey, MessageText>>;
