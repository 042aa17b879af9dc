import { GiveUp } from "../server/store/jobs.ts";
import { isJson, type Json } from "./reading/json.ts";

/** A number of a job's payload. @throws GiveUp when it is not there. */
export function payloadNumber(payload: unknown, name: string): number {
  const value = isJson(payload) ? payload[name] : undefined;
  if (typeof value !== "number") throw new GiveUp(`payload without ${name}`);
  return value;
}

/** Numbers of a job's payload. @throws GiveUp when they are not there. */
export function payloadNumbers(payload: unknown, name: string): readonly number[] {
  const value = isJson(payload) ? payload[name] : undefined;
  const isList = Array.isArray(value) && value.every((one) => typeof one === "number");
  if (!isList) throw new GiveUp(`payload without ${name}`);
  return value;
}

/** A text of a job's payload. @throws GiveUp when it is not there. */
export function payloadText(payload: unknown, name: string): string {
  const value = isJson(payload) ? payload[name] : undefined;
  if (typeof value !== "string") throw new GiveUp(`payload without ${name}`);
  return value;
}

/** An object of a job's payload. @throws GiveUp when it is not there. */
export function payloadObject(payload: unknown, name: string): Json {
  const value = isJson(payload) ? payload[name] : undefined;
  if (!isJson(value)) throw new GiveUp(`payload without ${name}`);
  return value;
}

/** True when a member says so; anything else is false. */
export function payloadFlag(payload: unknown, name: string): boolean {
  return typeof payload === "object" && payload !== null && Reflect.get(payload, name) === true;
}
