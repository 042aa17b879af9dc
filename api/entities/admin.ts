import { z } from "zod";
import { Account, CredentialAccount } from "./account.ts";
import { Id, Moment } from "./common.ts";
import { Rule } from "./instance.ts";
import { Status } from "./status.ts";

export const AdminAccount = z.object({
  id: Id,
  username: z.string(),
  domain: z.string().nullable(),
  created_at: Moment,
  /** Empty for people of other servers, and where whoever asks may not see it. */
  email: z.string(),
  ip: z.string().nullable(),
  ips: z.array(z.object({ ip: z.string(), used_at: Moment })),
  locale: z.string(),
  invite_request: z.string().nullable(),
  role: CredentialAccount.shape.role,
  confirmed: z.boolean(),
  approved: z.boolean(),
  disabled: z.boolean(),
  silenced: z.boolean(),
  suspended: z.boolean(),
  sensitized: z.boolean(),
  account: Account,
  invited_by_account_id: Id.optional(),
});
export type AdminAccount = z.infer<typeof AdminAccount>;

export const AdminReport = z.object({
  id: Id,
  action_taken: z.boolean(),
  action_taken_at: Moment.nullable(),
  category: z.enum(["spam", "violation", "legal", "other"]),
  comment: z.string(),
  forwarded: z.boolean(),
  created_at: Moment,
  updated_at: Moment,
  account: AdminAccount,
  target_account: AdminAccount,
  assigned_account: AdminAccount.nullable(),
  /** Left out while nobody did anything: masto knows no null here. */
  action_taken_by_account: AdminAccount.optional(),
  statuses: z.array(Status),
  rules: z.array(Rule),
});
export type AdminReport = z.infer<typeof AdminReport>;

export const AdminDomainBlock = z.object({
  /** The domain: it is what names a block here. */
  id: z.string(),
  domain: z.string(),
  digest: z.string(),
  created_at: Moment,
  severity: z.enum(["silence", "suspend", "noop"]),
  reject_media: z.boolean(),
  reject_reports: z.boolean(),
  private_comment: z.string().nullable(),
  public_comment: z.string().nullable(),
  obfuscate: z.boolean(),
});
export type AdminDomainBlock = z.infer<typeof AdminDomainBlock>;

export const AdminDomainAllow = z.object({ id: z.string(), domain: z.string(), created_at: Moment });
export type AdminDomainAllow = z.infer<typeof AdminDomainAllow>;
