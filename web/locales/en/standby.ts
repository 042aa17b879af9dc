import type { MessageText } from "../catalogue.ts";

/** Standby servers: what owners agree on, and what members decide. */
export const standby = {
  "staff.standby": "Standby servers",
  "staff.standby_hint": "Who takes your people in if this server is lost, and whom you would take in",
  "concern.standby_asked": {
    one: "A server asks you to be its standby.",
    other: "{count} servers ask you to be their standby.",
  },
  "concern.standby_fault": {
    one: "Nothing is copied to a standby at present.",
    other: "Nothing is copied to {count} standbys at present.",
  },
  "standby.lead":
    "A standby is another server, run by people you trust, best in another country and with another provider. It keeps copies for members who said yes, so that they and their followers can go on there if this server is lost.",
  "standby.none": "There is no agreement with another server yet.",
  "standby.home_title": "Servers that stand by for this one",
  "standby.standby_title": "Servers that this one stands by for",
  "standby.asked_title": "Questions from other servers",
  "standby.ended_title": "Ended",
  "standby.asked_text":
    "{partner} asks you to be its standby. If you agree, this server keeps copies of what its members write and holds an account ready for each of them that nobody can see. If {partner} is lost, those accounts open here and their followers follow them.",
  "standby.state_offered": "Waiting for an answer",
  "standby.state_asked": "Waiting for your answer",
  "standby.state_agreed": "In force",
  "standby.state_ended": "Ended",
  "standby.fault_unreachable":
    "It does not answer. What changes here is kept and sent when it answers again.",
  "standby.fault_refused": "It refuses what it is sent. Ask the people who run it.",
  "standby.fault_full": "The agreed room is used up there. Make a new agreement with more room.",
  "standby.fault_head":
    "It says that it has something else than it was sent. Nothing is sent until this is cleared up: ask the people who run it, or start over.",
  "standby.fault_uri":
    "It names accounts that are not its own, and it is not believed. Nothing is sent until this is cleared up.",
  "standby.fault_launched": "It was told that this server is lost, and listens to it no more.",
  "standby.room": "Room at most",
  "standby.used": "Used",
  "standby.scope": "What is copied",
  "standby.scope_public": "Public notes",
  "standby.scope_followers":
    "Public notes, and notes for followers locked with each member’s recovery phrase",
  "standby.trustees": "Who may decide that the home is lost",
  "standby.trustees_none": "Nobody for all together; each member for themselves",
  "standby.trustees_some": {
    one: "{threshold} of one trustee",
    other: "{threshold} of {count} trustees together",
  },
  "standby.wait": "Time between that decision and the move",
  "standby.hours": { one: "one hour", other: "{count} hours" },
  "standby.since": "Agreed",
  "standby.seen": "Last contact",
  "standby.never": "Never",
  "standby.members": "Members who take part",
  "standby.members_kept": "{count}, of whom {kept} have an account waiting there",
  "standby.copies": "Copies here",
  "standby.copies_text": "{notes} notes, {files} files",
  "standby.agree": "Agree",
  "standby.decline": "Decline",
  "standby.take_back": "Take the question back",
  "standby.end": "End this agreement",
  "standby.start_over": "Start over",
  "standby.end_title": "End the agreement with {partner}?",
  "standby.end_home":
    "Nothing more is sent there, and the accounts that wait for your members are given up. {partner} deletes its copies within two weeks.",
  "standby.end_standby":
    "{partner} loses its standby and is told so. The copies here are kept for two weeks and then deleted.",
  "standby.invite_title": "Ask another server",
  "standby.invite_text":
    "Its owner sees your question with everything below and agrees or declines. If you have an agreement with that server already, the new one takes its place.",
  "standby.address": "Address of the other server",
  "standby.followers": "Copy notes for followers too",
  "standby.followers_hint":
    "Locked with the recovery phrase of whoever wrote them; the standby cannot read them. Members without a phrase keep theirs here.",
  "standby.gigabytes": "Room at most, in gigabytes",
  "standby.trustee_keys": "Trustees",
  "standby.trustee_keys_hint":
    "People who may decide together that this server is lost, one identity (did:key:…) a line. They find theirs under Settings, Lifeboat. Without trustees each member can only go by themselves.",
  "standby.threshold": "How many of them it takes",
  "standby.wait_hours": "Hours that everybody can see the decision before anything happens",
  "standby.ask": "Ask this server",
  "standby.newcomers_title": "People who join",
  "standby.newcomers": "Ask people who join whether a standby may keep copies for them",
  "standby.newcomers_hint": "The answer is no until they say yes.",
  "standby.fault_address": "Enter the address of another server, such as other.example.",
  "standby.fault_number": "Enter a whole number in the range that is allowed.",
  "standby.fault_trustees": "Enter up to 25 different identities that begin with did:key:z.",
  "standby.fault_threshold": "It cannot take more trustees than there are.",
  "standby.error_no_server": "No Causeway server that can be a standby answers at that address.",
  "standby.error_document": "The agreement does not say what was asked.",
  "standby.error_signature": "The signature of the agreement does not fit.",
  "standby.error_ended": "This agreement has ended.",
  "standby.error_busy": "Too many servers wait for an answer there.",
  "standby.own_title": "A place to go if this server is lost",
  "standby.own_text":
    "This server has an agreement with another one. If you say yes, it keeps a copy of what you write and holds an account ready for you that nobody sees. If this server is lost, your followers on most other servers follow you there by themselves.",
  "standby.own_yes": "{server} keeps a copy for you.",
  "standby.own_no": "{server} keeps nothing of yours.",
  "standby.own_handle": "The account that waits for you is {handle}.",
  "standby.own_waiting": "The account there is being prepared.",
  "standby.own_public":
    "Copied: your profile, your public notes with their pictures, and how many people follow you from which server.",
  "standby.own_sealed": "Copied too: your notes for followers, locked with your recovery phrase.",
  "standby.own_unsealed":
    "Your notes for followers are not copied, because you have no recovery phrase. You can make one on this page.",
  "standby.own_never":
    "Never copied: direct notes, your address, your password, what other people wrote to you.",
  "standby.own_decide": {
    one: "{threshold} of one trustee can decide that this server is lost; after {hours} hours everybody who said yes is moved. You can always go by yourself with your phrase.",
    other:
      "{threshold} of {count} trustees together can decide that this server is lost; after {hours} hours everybody who said yes is moved. You can always go by yourself with your phrase.",
  },
  "standby.own_alone": "Nobody can move you but yourself, with your recovery phrase.",
  "standby.own_agree": "Yes, keep a copy",
  "standby.own_withdraw": "No more, delete everything there",
  "standby.own_withdrawn": "Withdrawing deletes your copies and the waiting account there.",
  "standby.welcome": "Keep a copy of what I write at {server}, in case this server is lost",
  "standby.welcome_hint": "You can change your mind at any time under Settings, Lifeboat.",
} as const satisfies Readonly<Record<string, MessageText>>;
