import { z } from "zod";
import { type App, isoTime } from "../../server/context.ts";
import {
  listPeers,
  listPublishedBlocks,
  listRules,
  listWeeks,
  type InstanceView,
  type OwnersText,
  viewDescription,
  viewInstance,
  viewPrivacy,
  viewTerms,
} from "../../server/services/instance/instance.ts";
import { languageName, LANGUAGES } from "../../server/text/language.ts";
import { type Answer, type AnyEndpoint, answer, endpoint, writtenAnswer } from "../endpoint.ts";
import {
  Activity,
  DomainBlock,
  ExtendedDescription,
  Instance,
  Language,
  OldInstance,
  PrivacyPolicy,
  Rule,
  TermsOfService,
} from "../entities/instance.ts";
import { type Place, toInstance, toOldInstance, toRule } from "../serialize/instance.ts";

/** All of it is the same for everybody and may be kept for five minutes. */
function told(
  summary: string,
  returns: z.ZodType,
  tell: (app: App) => Promise<Answer>,
  missing?: string,
): AnyEndpoint {
  return endpoint({
    who: "anyone",
    scopes: [],
    summary,
    params: z.object({}),
    returns,
    cacheSeconds: 300,
    ...(missing === undefined ? {} : { missing }),
    run: async ({ app }) => await tell(app),
  });
}

function placeOf({ config }: App): Place {
  const { origin, handleHost, federation } = config;
  return { origin, handleHost, isClosed: federation === "allow-list" };
}

function toText({ html, at }: OwnersText) {
  return { updated_at: isoTime(at), content: html };
}

/** By what they were made of, which stays the same object while it stays the same. */
const written = new WeakMap<InstanceView, string>();
const writtenForOld = new WeakMap<InstanceView, string>();

/** What is told of this server as text, which takes longer to write than all the rest of an answer. */
async function writtenOnce(
  app: App,
  kept: WeakMap<InstanceView, string>,
  draw: (place: Place, view: InstanceView) => unknown,
): Promise<Answer> {
  const view = await viewInstance(app);
  const known = kept.get(view);
  if (known !== undefined) return writtenAnswer(known);
  const text = JSON.stringify(draw(placeOf(app), view));
  kept.set(view, text);
  return writtenAnswer(text);
}

export const getInstance = told("What this server is, and its limits", Instance, (app) =>
  writtenOnce(app, written, toInstance),
);

export const getOldInstance = told(
  "What this server is, as apps asked before Mastodon 4",
  OldInstance,
  (app) => writtenOnce(app, writtenForOld, toOldInstance),
);

export const getRules = told("The owner's rules", z.array(Rule), async (app) =>
  answer((await listRules(app)).map(toRule)),
);

export const getExtendedDescription = told(
  "What the owner says this server is",
  ExtendedDescription,
  async (app) => answer(toText(await viewDescription(app))),
);

export const getPrivacyPolicy = told(
  "Where the page lies that says what is kept",
  PrivacyPolicy,
  async (app) => answer(toText(await viewPrivacy(app))),
  "The content is the address of the page, which is written for each reader's language.",
);

export const getTermsOfService = told(
  "The owner's terms; 404 when there are none",
  TermsOfService,
  async (app) => {
    const { html, at } = await viewTerms(app);
    const day = isoTime(at).slice(0, 10);
    return answer({ effective_date: day, effective: true, content: html, succeeded_by: null });
  },
  "Earlier terms are not kept, so there is no `/terms_of_service/:date`.",
);

export const getPeers = told("Servers that something was sent to", z.array(z.string()), async (app) =>
  answer(await listPeers(app)),
);

export const getActivity = told(
  "What happened here in the last twelve weeks",
  z.array(Activity),
  async (app) => {
    const weeks = await listWeeks(app);
    return answer(
      weeks.map(({ start, notes, seen, joined }) => ({
        week: String(start / 1000),
        statuses: String(notes),
        logins: String(seen),
        registrations: String(joined),
      })),
    );
  },
  "`logins` counts those who were last seen in that week.",
);

export const getDomainBlocks = told(
  "Servers that are suspended or silenced, if the owner publishes them; 404 otherwise",
  z.array(DomainBlock),
  async (app) => {
    const rules = await listPublishedBlocks(app);
    return answer(
      rules
        .filter(({ severity }) => severity !== "none")
        .map(({ domain, digest, severity, comment }) => ({
          domain,
          digest,
          severity: severity === "suspend" ? "suspend" : "silence",
          comment: comment ?? "",
        })),
    );
  },
);

export const getTranslationLanguages = told(
  "Languages that can be translated, by the language they are translated from",
  z.record(z.string(), z.array(z.string())),
  async () => answer({}),
  "Nothing is translated here.",
);

export const getLanguages = told("Languages that statuses may be written in", z.array(Language), async () =>
  answer(LANGUAGES.map((code) => ({ code, name: languageName(code, "en") }))),
);
