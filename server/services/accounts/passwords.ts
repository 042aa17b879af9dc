import { isCommonPassword } from "../../domain/common-passwords.ts";
import type { Message } from "../../errors.ts";

export const PASSWORD_MIN = 12;
const PASSWORD_MAX = 512;

/** Why a password is refused, or null. */
export function passwordFault(password: string, username: string): Message | null {
  if (password === "") return { key: "field.required" };
  if ([...password].length < PASSWORD_MIN)
    return { key: "field.password_short", params: { min: PASSWORD_MIN } };
  if (password.length > PASSWORD_MAX) return { key: "field.too_long", params: { max: PASSWORD_MAX } };
  if (isCommonPassword(password) || password.toLowerCase() === username)
    return { key: "field.password_common" };
  return null;
}
