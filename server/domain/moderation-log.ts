/**
 * One line of the public log. It names no person: neither who decided nor whom it was about; an object only as long as it
 * can still be seen by everybody. Domains are servers, not people.
 */
export type LogEntry = {
  /** What happened; `reversed` and `appeal` name the line that they are about by `about`. */
  readonly kind:
    "decision" | "reversed" | "appeal" | "domain" | "withheld" | "withheld_ended" | "wave" | "note";
  /** A measure for decisions; `suspend`, `limit`, `reject_media`, `lifted` for domains. */
  readonly what: string;
  /** `local` member, `remote` person, their note, or a whole server. */
  readonly subject: "member" | "remote" | "note" | "server" | "many";
  readonly host?: string | undefined;
  /** Address of what it is about, as long as everybody may still see it. */
  readonly object?: string | undefined;
  readonly ground?: string | undefined;
  readonly category?: string | undefined;
  /** ISO 3166-1 alpha-2; left out = everywhere. */
  readonly countries?: readonly string[] | undefined;
  readonly language?: string | undefined;
  readonly automated?: boolean | undefined;
  /** Result of an appeal: `upheld`, `overturned`. */
  readonly result?: string | undefined;
  /** Number of an earlier line. */
  readonly about?: number | undefined;
  /** How many people or things, for `many`. */
  readonly count?: number | undefined;
  /** A public sentence of the staff, such as the public comment of a domain. */
  readonly comment?: string | undefined;
};
