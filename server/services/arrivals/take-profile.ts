import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { CausewayError } from "../../errors.ts";
import { isObject } from "../../lifeboat/actor-documents.ts";
import type { Signed } from "../../lifeboat/proofs.ts";
import { IMAGE_MAX_BYTES } from "../../media/images.ts";
import { cleanName } from "../../text/entities.ts";
import { plainText } from "../../text/markup.ts";
import { sanitizeRemoteHtml } from "../../text/sanitize.ts";
import { PROFILE_TEXTS, type ProfileChange, updateProfile } from "../accounts/profile.ts";
import type { ArrivalSource } from "./source.ts";

/** Gives the account the name, text, fields and pictures that the old one had. False when none of it can be used. */
export async function takeProfile(
  app: App,
  viewer: Viewer,
  source: ArrivalSource,
  folder: string,
): Promise<boolean> {
  const pictures = {
    avatar: await pictureIn(app, source, "icon", folder),
    header: await pictureIn(app, source, "image", folder),
  };
  const texts = textsIn(source.actor);
  // A picture that cannot be read must not keep the words out, nor one picture the other.
  for (const change of [texts, { avatar: pictures.avatar }, { header: pictures.header }])
    if (!(await tryChange(app, viewer, change)) && change === texts) return false;
  return true;
}

async function tryChange(app: App, viewer: Viewer, change: ProfileChange): Promise<boolean> {
  try {
    await updateProfile(app, viewer, change);
    return true;
  } catch (error) {
    if (error instanceof CausewayError && error.kind === "invalid") return false;
    throw error;
  }
}

function textsIn(actor: Signed): ProfileChange {
  const cut = (text: string, max: number) => [...text].slice(0, max).join("");
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const attachments = actor["attachment"];
  const list: readonly unknown[] = Array.isArray(attachments) ? attachments : [];
  const fields = list.flatMap((one) => {
    if (!isObject(one) || one["type"] !== "PropertyValue") return [];
    const name = cleanName(text(one["name"]), PROFILE_TEXTS.field);
    const value = cleanName(plainText(sanitizeRemoteHtml(text(one["value"]))), PROFILE_TEXTS.field);
    return [{ name: name.slice(0, PROFILE_TEXTS.field), value: value.slice(0, PROFILE_TEXTS.field) }];
  });
  const name = cleanName(text(actor["name"]), PROFILE_TEXTS.name);
  const bio = plainText(sanitizeRemoteHtml(text(actor["summary"])));
  return {
    ...(name === "" ? {} : { name: cut(name, PROFILE_TEXTS.name) }),
    bioSource: cut(bio, PROFILE_TEXTS.bio),
    fields: fields.slice(0, PROFILE_TEXTS.fields),
  };
}

async function pictureIn(
  app: App,
  source: ArrivalSource,
  name: "icon" | "image",
  folder: string,
): Promise<Uint8Array | undefined> {
  const picture = source.actor[name];
  const url = isObject(picture) ? picture["url"] : null;
  const file = typeof url === "string" ? await source.fileAt(url) : null;
  if (file === null) return undefined;
  const path = join(folder, `${app.ids.secret(18)}.picture`);
  try {
    if (!(await file.writeTo(path))) return undefined;
    const bytes = await readFile(path);
    return bytes.length > IMAGE_MAX_BYTES ? undefined : bytes;
  } finally {
    await rm(path, { force: true });
  }
}
