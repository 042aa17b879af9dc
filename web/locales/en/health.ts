import type { MessageText } from "../catalogue.ts";

/** What to do about what the doctor found, one sentence or two for each thing that it looks at. */
export const health = {
  "health.do_configuration": "An option is missing or wrong. Correct it and start the server again.",
  "health.do_folder":
    "The folder with all data cannot be used, or other people on the machine can look into it. Give it to the user that runs the server, and to nobody else.",
  "health.do_disk":
    "There is little room left. Remove old backups or files that nothing needs, or get a larger disk, before writing stops.",
  "health.do_file_system":
    "The database lies on a disk that is reached over a network. Move the data folder to a disk of this machine.",
  "health.do_secret":
    "The key that seals all others can be read by other people on this machine, or is missing. Close it, or bring it back from a backup.",
  "health.do_files":
    "Uploaded files cannot be written or read where they are kept. Check the address and the key of the store.",
  "health.do_films": "Video and sound cannot be worked on here. Members can still upload pictures.",
  "health.do_database":
    "The database does not answer, is damaged, or cannot tidy up. Make a backup now, and restart what holds it.",
  "health.do_schema":
    "The database and the software are of different versions. Start the newer software once, or go back to the one that wrote the database.",
  "health.do_jobs":
    "Work waits longer than it should. Look whether the server, or a process for background work, is running.",
  "health.do_dead":
    "Some work was given up after many tries. Look at it under Queue, and try it again or drop it.",
  "health.do_clock":
    "The clock of this machine is wrong. Turn on its synchronisation: other servers refuse what comes from another time.",
  "health.do_address":
    "The server is not reached at its public address. Check the name, the certificate and the proxy in front.",
  "health.do_set_up": "The server is not set up yet. Open its set-up link.",
  "health.do_found":
    "Other servers do not find people here. Check that the proxy passes everything on unchanged.",
  "health.do_certificate": "The certificate has ended or ends soon. Look why it is not renewed by itself.",
  "health.do_name": "The name of this server leads nowhere. Add an address to it where you bought the name.",
  "health.do_ipv6":
    "The name has an address for IPv6, but nobody answers there. Remove it, or let the proxy listen there too.",
  "health.do_proxy": "The proxy in front takes smaller files than this server does. Allow larger ones there.",
  "health.do_streams":
    "Apps cannot keep a line open through the proxy, so they ask again and again. Let it pass such lines on.",
  "health.do_public_clock":
    "The clocks of this machine and of the proxy differ. Turn on synchronisation on both.",
  "health.do_visitors":
    "The server cannot tell visitors apart, or believes anybody about where they come from. Name exactly the proxies in front of it.",
  "health.do_caches":
    "A cache in between mixes up pages and what servers read. Turn it off for this server, or let it keep to the header Vary.",
} as const satisfies Readonly<Record<string, MessageText>>;
