import { CryptographicKey, type Activity } from "@fedify/vocab";
import { importJwk } from "@fedify/fedify";
import type { App } from "../server/context.ts";
import { asId, type ActivityId, type ActorId, type NoteId } from "../server/domain/ids.ts";
import type { OutgoingEvent } from "../server/domain/outgoing.ts";
import { findActorIdByUri, localActorForFederation, viewActor } from "../server/services/actors.ts";
import {
  getAnnounceForFederation,
  getBlockForFederation,
  getFollowForFederation,
  getLikeForFederation,
  inboxOf,
  isBlockedHost,
  storeActivity,
} from "../server/services/federation-records.ts";
import { followerInboxes } from "../server/services/follows.ts";
import { noteForFederation, type FederatedNote } from "../server/services/federated-notes.ts";
import type { JobHandler } from "../server/store/jobs.ts";
import { actorKeys } from "./actors.ts";
import { isOwn } from "./deliver.ts";
import { hostOf, typesOf } from "./json.ts";
