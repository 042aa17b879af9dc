import type { MessageText } from "../catalogue.ts";

/** What the law keeps from readers of some countries. */
export const withholding = {
  "staff.withholdings": "Legal demands",
  "staff.withholdings_hint": "What the law of a country keeps from visitors there, and from nobody else",
  "error.withheld": "The law of your country keeps this from you.",
  "withheld.title": "Not shown in your country",
  "withheld.note":
    "A legal demand keeps this note from people in {countries}. It is still there, and visible everywhere else.",
  "withheld.person":
    "A legal demand keeps this profile from people in {countries}. It is still there, and visible everywhere else.",
  "withheld.short": "Not shown here: a legal demand in {countries}.",
  "withheld.elsewhere": "Kept from people in {countries} by a legal demand.",
  "withheld.why": "Why",
  "withheld.wrong":
    "Wrong country? We only know what the network says about your address. Whoever comes by Tor, or from where nobody knows, sees everything.",
  "withheld.appeal":
    "Whoever wrote it can appeal against the decision in the settings. Everybody can write to the people who run this server: {contact}",
  "withheld.list_title": "What the law keeps from some countries",
  "withheld.list_lead":
    "Legal demands that {server} follows, each only where it counts. Nothing is deleted, and other servers get everything. The same stands in the public log.",
  "withheld.list_empty": "There is none.",
  "withheld.in_force": "In force",
  "withheld.ended": "Ended",
  "withheld.about_note": "A note",
  "withheld.about_person": "A profile with all its notes",
  "withheld.fact_countries": "Where it is not shown",
  "withheld.fact_basis": "On what grounds",
  "withheld.fact_ref": "Order or law",
  "withheld.fact_requester": "Who demands it",
  "withheld.fact_facts": "What happened",
  "withheld.fact_received": "Received",
  "withheld.fact_since": "In force since",
  "withheld.fact_ends": "Until",
  "withheld.fact_ended": "Ended",
  "withheld.until_lifted": "until it is lifted",
  "basis.court_order": "Order of a court",
  "basis.government_request": "Demand of an authority",
  "basis.terms": "Rules of this server",
  "basis.age": "Protection of minors",
  "log.what_court_order": "Order of a court",
  "log.what_government_request": "Demand of an authority",
  "log.what_terms": "Rules of this server",
  "log.what_age": "Protection of minors",
  "log.what_expired": "Its time was over",
  "withholdings.lead":
    "A legal demand counts only where its law counts: visitors from there read why they see nothing, everybody else sees the note. It stands in the public log, and its author is told.",
  "withholdings.no_header":
    "This server does not know where visitors come from, so nothing is withheld from anybody: set CAUSEWAY_COUNTRY_HEADER to the header of your proxy.",
  "withholdings.new": "Enter a demand",
  "withholdings.object": "Address of the note, or of the person",
  "withholdings.object_hint":
    "As it stands in the address bar, or @name@server. Only what everybody may see.",
  "withholdings.countries": "Countries, two letters each",
  "withholdings.countries_hint": "Such as DE, FR. The fewer the better: only where the demand counts.",
  "withholdings.ref_hint":
    "Number and date of the order, and the law. Everybody reads it: name no private person.",
  "withholdings.requester_hint": "Which court or authority, no private person",
  "withholdings.authority": "Page of the authority",
  "withholdings.facts_hint": "Everybody reads it, and the author",
  "withholdings.notice": "Notice in {language}",
  "withholdings.notice_title": "What visitors read, if the usual words are not enough",
  "withholdings.until": "Until, if it ends by itself",
  "field.no_countries": "Not the code of a country: {codes}. Two letters for each, such as DE.",
  "withholdings.place": "Withhold it in these countries",
  "withholdings.lift": "Lift",
  "withholdings.done_place": "It is withheld there now.",
  "withholdings.done_lift": "It is shown everywhere again.",
  "withholdings.read": "Read the notice",
} as const satisfies Readonly<Record<string, MessageText>>;
