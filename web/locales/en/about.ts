import type { MessageText } from "../catalogue.ts";

/** The pages about this server: privacy, blocked servers, terms. */
export const about = {
  "about.tabs": "About this server",
  "about.overview": "Overview",
  "about.software": "Software",
  "about.no_contact": "No contact has been named yet.",
  "about.terms_title": "Terms of use",
  "about.terms_usual":
    "Who writes here keeps all rights to it, and lets this server store it, show it to those it is meant for, and send it to the servers of those people. Keep to the rules and to the law. The people who run this server may remove what breaks the rules and end accounts. They do what they can to keep it running, and promise nothing.",
  "about.blocks_title": "Blocked servers",
  "about.blocks_lead": "This server takes nothing from these and sends them nothing.",
  "about.blocks_none": "No server is blocked.",
  "about.blocks_hidden": "The people who run this server do not publish the list.",
  "about.blocks_allow": "This server talks only to servers that its owners have allowed.",
  "about.privacy_title": "Privacy",
  "about.privacy_lead":
    "What this server keeps, why, and for how long. This page follows from how it is set up.",
  "about.keeps": "What is kept",
  "about.keeps_account":
    "Your username, a scrambled form of your password or the public half of a passkey, the languages you chose, and an e-mail address only if you gave one.",
  "about.keeps_content":
    "What you write and upload, until you delete it. Pictures are re-coded: place, camera and other hidden data are removed.",
  "about.keeps_relations":
    "Whom you follow, mute and block, what you like and keep, your filters and drafts.",
  "about.keeps_sessions":
    "Where you are signed in: kind of browser and when it was last used, until {days} days after that. No addresses of your devices are kept in the database.",
  "about.keeps_logs":
    "Messages in the log name what happened, not what you wrote, and no addresses of visitors.",
  "about.times": "How long",
  "about.times_sessions": "Sessions",
  "about.times_sessions_value": "{idle} days after the last use, {absolute} days at most",
  "about.times_uploads": "Uploads that were never posted",
  "about.times_uploads_value": "one day",
  "about.times_activities": "Copies of what was sent to other servers",
  "about.times_activities_value": "{days} days",
  "about.times_tombstones": "That something was deleted, so that it does not come back",
  "about.times_tombstones_value": "{days} days",
  "about.times_account": "A deleted account",
  "about.times_account_value":
    "everything within a few hours; only the name stays reserved, so that nobody else can take it",
  "about.others": "Who else sees it",
  "about.others_federation":
    "Public and unlisted notes go to the servers of your followers and of people you mention, and can be copied from there. Notes for followers or mentioned people go to their servers only. Deleting asks those servers to delete, too; they may not.",
  "about.others_closed": "This server talks only to servers that its owners have allowed.",
  "about.others_signed":
    "Profiles and notes are shown only to servers that say who they are and are not blocked.",
  "about.others_media":
    "Pictures from elsewhere are fetched by this server for you: their servers do not learn who looks.",
  "about.others_none":
    "There is no advertising, no counting of visitors, and nothing is loaded from third parties.",
  "about.cookies": "Cookies",
  "about.cookies_text":
    "One keeps you signed in. Others remember the language and colours that you chose, and, if you use it, your server elsewhere. None follows you.",
  "about.rights": "Your choices",
  "about.rights_text":
    "You can change or delete what you wrote, leave for another server, and delete your account, all in the settings. With questions, write to the people who run this server.",
} as const satisfies Readonly<Record<string, MessageText>>;
