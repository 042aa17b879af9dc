/**
 * Parts of pages that an owner's own styles may rely on: `[data-component="…"]`. These names stay; classes and the order
 * of elements inside may change with any version. `docs/theming.md` is made of this.
 */
export const HOOKS: Readonly<Record<string, string>> = {
  actions: "The row of buttons below a note.",
  actor: "One person in a list of people.",
  "admin-nav": "The list of pages beside a page for staff.",
  announcements: "What the owners tell everybody, above home.",
  aside: "What stands beside the main part where there is room.",
  bar: "The bar at the bottom of a phone.",
  board: "A board of collected notes.",
  brand: "Logo and name of the server.",
  compose: "The form for writing.",
  cover: "One cover in a grid.",
  film: "A film in the vertical view.",
  foot: "The foot of each page, with the switches of language and colours.",
  frozen: "Somebody about whom their followers have to decide.",
  gallery: "A picture on a page of its own.",
  header: "The head of each page; on wide screens of members the rail at the side.",
  "home-keys": "The part about keys of a lost server, on the page of a launch.",
  "launch-banner": "The word on every page that a community is being brought over.",
  "link-card": "The preview of a link in a note.",
  main: "The main part.",
  marker: "The line “You were here”.",
  memorial: "The words on the profile of somebody who died.",
  moved: "The words on the profile of somebody who moved.",
  note: "A note.",
  notification: "One notification.",
  "old-home": "The words on the profile of somebody who came from a server that is lost.",
  poll: "A poll.",
  profile: "The head of a profile.",
  rail: "The ways around at the side of wide screens.",
  "settings-nav": "The list of settings beside a settings page.",
  withheld: "The words in the place of what is withheld in the reader's country.",
};

/** Custom properties that an owner's own styles may set. */
export const TOKENS: Readonly<Record<string, string>> = {
  "--page": "Ground of the page.",
  "--card": "Ground of notes, cards and fields.",
  "--sunk": "Ground of what lies deeper: menus under the pointer, quiet badges.",
  "--line": "Hairlines.",
  "--text": "Text.",
  "--muted": "Secondary text.",
  "--accent":
    "Links, chosen things, the main button. Better set on the page “Look of the server”, which checks it.",
  "--accent-strong": "The same under the pointer.",
  "--accent-ink": "Words on the accent.",
  "--accent-soft": "Ground of what is chosen.",
  "--control": "Borders of fields and buttons; 3:1 against the ground.",
  "--focus": "The ring around what has the keyboard.",
  "--radius": "Corners of cards.",
  "--radius-small": "Corners of fields and small things.",
  "--column": "Width of the column to read.",
  "--gap": "Space between cards.",
};
