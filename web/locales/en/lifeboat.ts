import type { MessageText } from "../catalogue.ts";

/** Lifeboats, recovery phrases, and what is wrong with a file. */
export const lifeboat = {
  "settings.lifeboat": "Lifeboat",
  "settings.lifeboat_hint": "Take everything that is yours with you, and prove that it is yours",
  "lifeboat.lead":
    "A lifeboat is one file with everything that is yours here: your notes, pictures, lists and profile. With it you can begin again on another server, even if this one is gone.",
  "lifeboat.phrase_title": "Your recovery phrase",
  "lifeboat.phrase_none":
    "You have no recovery phrase yet. It is twelve words on a sheet of paper that prove who you are when this server cannot any more.",
  "lifeboat.phrase_since":
    "You have had a recovery phrase since {date}. Your profile names the key behind it, so that others can recognise you elsewhere.",
  "lifeboat.phrase_key": "Your key, for everybody to see",
  "lifeboat.phrase_make": "Make a recovery phrase",
  "lifeboat.phrase_replace": "Make another one",
  "lifeboat.phrase_lead":
    "You will see twelve words, once. Write them on paper and keep them where you keep important things. This server does not keep them: nobody can give them to you again, and whoever finds them can act in your name.",
  "lifeboat.phrase_warn":
    "You have a phrase already. A new one takes its place: other servers that know the old one may ask your followers whether it is still you.",
  "lifeboat.phrase_shown_title": "Write these words down now",
  "lifeboat.phrase_shown":
    "In this order, on paper. When you leave this page they are gone. They are English words in every language, so that every program reads them.",
  "lifeboat.phrase_written": "I have written them down",
  "lifeboat.phrase_ask": "Type three of the words from your paper, so that we both know that it can be read.",
  "lifeboat.word": "Word {place}",
  "lifeboat.phrase_use": "Use this phrase",
  "lifeboat.phrase_again": "Show me the words again",
  "lifeboat.files_title": "Your lifeboats",
  "lifeboat.files_empty": "You have not made one yet.",
  "lifeboat.files_kept":
    "The last three are kept here, each for {days} days. Download them: what lies on this server goes down with it.",
  "lifeboat.number": "Lifeboat {seq}",
  "lifeboat.state_waiting": "waiting",
  "lifeboat.state_making": "being made",
  "lifeboat.state_ready": "ready",
  "lifeboat.state_failed": "failed",
  "lifeboat.state_removed": "removed",
  "lifeboat.done": "{percent} % done",
  "lifeboat.look": "Look again",
  "lifeboat.goes": "removed here on {date}",
  "lifeboat.download": "Download",
  "lifeboat.remove": "Remove",
  "lifeboat.stop": "Stop",
  "lifeboat.make": "Make a lifeboat",
  "lifeboat.busy": "One is being made. You can leave this page; it goes on without you.",
  "lifeboat.again": "You can make the next one on {date}.",
  "lifeboat.new_lead": "It is made in the background, and tells you here when it is ready. One a day.",
  "lifeboat.closing": "Lock it",
  "lifeboat.closing_passphrase": "With a passphrase",
  "lifeboat.closing_passphrase_hint":
    "You choose it below. Without it nobody opens the file, and we cannot help.",
  "lifeboat.closing_phrase": "With my recovery phrase",
  "lifeboat.closing_phrase_hint": "You need not type it now; you need it to open the file.",
  "lifeboat.closing_open": "Not at all",
  "lifeboat.closing_open_hint": "Whoever has the file can read it, your notes for followers included.",
  "lifeboat.passphrase": "Passphrase",
  "lifeboat.passphrase_hint": "At least {min} characters; several words are best. It is not kept here.",
  "lifeboat.followers_only": "Notes that only my followers see",
  "lifeboat.followers": "The list of who follows me",
  "lifeboat.followers_hint":
    "Only of use if you approve your followers yourself: a new server can let the same people in.",
  "lifeboat.keys": "The secret keys of my account",
  "lifeboat.keys_hint":
    "With them your followers can be called to a new home even if this server is lost. Whoever gets them can speak as you: only in a locked lifeboat.",
  "lifeboat.sign": "Recovery phrase, to sign with",
  "lifeboat.sign_hint":
    "Optional. Signed with it, the file proves that it is yours even when this server is gone. The words are used once and not kept.",
  "lifeboat.inside_title": "What is inside",
  "lifeboat.inside_notes":
    "Your public notes with their dates, languages and threads, each with a proof that it is yours",
  "lifeboat.inside_media": "Your pictures, films and recordings with their descriptions",
  "lifeboat.inside_lists": "Whom you follow, mute and block, your lists, bookmarks and filters",
  "lifeboat.inside_kit":
    "In a locked one: the messages that call your followers to a new home, once a standby server is agreed on",
  "lifeboat.outside_title": "What is not",
  "lifeboat.outside_direct": "Private conversations: they belong to others as well",
  "lifeboat.outside_others": "What other people wrote, also when you boosted or liked it",
  "lifeboat.outside_server": "Your password, your e-mail address, and secrets of this server",
  "lifeboat.verify_title": "Check it anywhere",
  "lifeboat.verify_text":
    "Causeway's command line checks a lifeboat without any network, and names the first file that somebody changed.",
  "lifeboat.fault_room": "There is not enough room on the server's disk.",
  "lifeboat.fault_secrets":
    "It took too long, and what it was to be locked and signed with is gone. Please ask for it again.",
  "lifeboat.fault_unknown":
    "Something went wrong here. Please ask for it again; if it fails again, tell the people who run this server.",
  "lifeboat.fault_files": "There are more pictures and films than one lifeboat can hold.",
  "error.lifeboat_busy": "A lifeboat is being made already.",
  "error.lifeboat_daily": "One lifeboat a day. Please come back tomorrow.",
  "error.phrase_expired": "These words were on the page for too long. Please make new ones.",
  "field.passphrase_short": "Please use at least {min} characters.",
  "field.keys_open": "Secret keys go into a locked lifeboat only.",
  "field.phrase_wrong": "These are not twelve words of a recovery phrase. Please look for a typing mistake.",
  "field.phrase_other": "This is a recovery phrase, but not yours here.",
  "field.phrase_none": "You have no recovery phrase yet.",
  "field.word_wrong": "That is not word {place}. Please look at your paper.",
  "lifeboat_fault.not_lifeboat": "This file is not a lifeboat.",
  "lifeboat_fault.needs_passphrase": "This lifeboat is locked with a passphrase.",
  "lifeboat_fault.needs_phrase": "This lifeboat is locked with a recovery phrase.",
  "lifeboat_fault.wrong_secret": "That does not open this lifeboat.",
  "lifeboat_fault.seal_broken": "The lock of this lifeboat is broken: the file was altered or cut off.",
  "lifeboat_fault.seal_broken_in": "The lock is broken at {file}: the file was altered or cut off there.",
  "lifeboat_fault.truncated": "The file ends in the middle of {file}: the rest is missing.",
  "lifeboat_fault.altered": "{file} was altered.",
  "lifeboat_fault.missing": "{file} is missing.",
  "lifeboat_fault.extra": "{file} does not belong there: it is not in the list that was signed.",
  "lifeboat_fault.twice": "{file} is there twice.",
  "lifeboat_fault.kind":
    "{file} is no plain file but a link, a folder, a device or something else that no lifeboat holds.",
  "lifeboat_fault.name": "{file} is a name that no lifeboat holds.",
  "lifeboat_fault.too_many_files": "It lists more than {max} files, which no lifeboat has.",
  "lifeboat_fault.too_large": "{file} is larger than may be taken in.",
  "lifeboat_fault.line_too_long": "Note {line} is longer than any note can be.",
  "lifeboat_fault.newer": "This lifeboat was made by a newer Causeway. Please use that one to read it.",
  "lifeboat_fault.proof": "{file} is not signed with the key that it names.",
  "lifeboat_fault.foreign_proof":
    "{file} is not signed by this person and their server alone: it was altered, or somebody else made it.",
  "lifeboat_fault.foreign_note": "Note {line} is somebody else's.",
  "lifeboat_fault.note_proof":
    "Note {line} is not signed by its author: it was altered, or somebody else wrote it.",
  "lifeboat_fault.counts": "It holds other numbers of notes or files than it says.",
} as const satisfies Readonly<Record<string, MessageText>>;
