import type { MessageText } from "../catalogue.ts";

/** What is prepared for the loss of the server. */
export const readiness = {
  "staff.group_lifeboat": "If this server is lost",
  "staff.readiness": "Readiness",
  "staff.readiness_hint": "What is prepared, what is missing, a drill",
  "readiness.lead":
    "What would happen if this server, its host or its domain name were gone tomorrow, and what you can do today.",
  "readiness.today": "If it happened today",
  "readiness.today_text":
    "Which servers let their people follow along depends on their software, not on you. The list below says what you can still improve.",
  "readiness.followers": "Followers elsewhere",
  "readiness.with_keys": "Come along if the keys are saved",
  "readiness.with_seals": "Come along with sealed messages alone",
  "readiness.list": "The list",
  "readiness.standby": "A standby",
  "readiness.distance": "Far enough away",
  "readiness.trustees": "Trustees",
  "readiness.members": "Members who agreed",
  "readiness.seals": "Sealed messages",
  "readiness.phrases": "Recovery phrases",
  "readiness.lifeboats": "Lifeboats",
  "readiness.peers": "Servers that follow us",
  "readiness.backup": "Backup",
  "readiness.drill": "Drill",
  "readiness.standby_none": "No other community has agreed to take you in. Everything else depends on this.",
  "readiness.standby_silent": "{partner} has not been heard from for more than a day.",
  "readiness.standby_ok": "{partner} has agreed and answers.",
  "readiness.distance_none": "There is no standby yet.",
  "readiness.distance_same": "The standby's name ends in {ending} like yours: one authority could take both.",
  "readiness.distance_ok":
    "The names end differently, so no single registry can take both. Check that the hosts and countries differ as well.",
  "readiness.trustees_none": "Nobody is named who could decide that this server is lost.",
  "readiness.trustees_few": {
    one: "One trustee is named, and it takes {threshold}. Better: three to seven, and more than half of them, but not all.",
    other:
      "{count} trustees are named, and it takes {threshold} of them. Better: three to seven, and more than half of them, but not all.",
  },
  "readiness.trustees_ok": {
    one: "It takes {threshold} of one trustee.",
    other: "It takes {threshold} of {count} trustees.",
  },
  "readiness.members_share": "{count} of {all} members agreed that the standby keeps a place for them.",
  "readiness.seals_share": "{count} of {all} who agreed have sealed messages that fit.",
  "readiness.seals_stale": {
    one: "The sealed messages of one member are out of date and are being made again.",
    other: "The sealed messages of {count} members are out of date and are being made again.",
  },
  "readiness.phrases_share":
    "{count} of {all} members have a recovery phrase on paper. Only they can open their followers-only notes elsewhere.",
  "readiness.lifeboats_share": "{count} of {all} members made a lifeboat in the last half year.",
  "readiness.peers_none": "Nobody follows from elsewhere yet.",
  "readiness.peers_share":
    "Of {count} of {all} servers with followers it is known what they run. The others would be told in the commonest way.",
  "readiness.backup_none":
    "There is no backup in the data folder. If you make them elsewhere, this line does not know.",
  "readiness.backup_age": { one: "The last one is a day old.", other: "The last one is {count} days old." },
  "readiness.drill_none": "It was never tried. A drill takes about a minute.",
  "readiness.drill_age": {
    one: "The last one went well, a day ago.",
    other: "The last one went well, {count} days ago.",
  },
  "readiness.drill_failed": "The last one did not go well: see below.",
  "readiness.drill_text":
    "Three small servers are started on this machine, and two of them agree. One is lost, its standby launches, and the followers on the third one come along. Nothing of yours is touched, and nobody is told.",
  "readiness.drill_start": "Start a drill",
  "readiness.seconds": "{seconds} s",
  "drill.start": "Servers are started",
  "drill.pair": "Two of them agree",
  "drill.fill": "People write and agree",
  "drill.follow": "Others follow them",
  "drill.replicate": "Copies arrive at the standby",
  "drill.seal": "Messages are sealed",
  "drill.lose": "The first server is lost",
  "drill.decide": "Trustees decide",
  "drill.launch": "The standby launches",
  "drill.arrive": "Followers arrive",
} as const satisfies Readonly<Record<string, MessageText>>;
