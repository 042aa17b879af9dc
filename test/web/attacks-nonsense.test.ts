import { afterEach, expect, test } from "vitest";
import { eachDatabase } from "../support/databases.ts";
import { aMember, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { type Address, addressesOf, ask, fieldsOf, type Private, privateThings } from "./attacks.ts";

let home: TestInstance;
let bob: Member;
let hers: Private;
let own: readonly Address[];
afterEach(() => home.stop(0));

const changing = () => own.filter(({ method }) => method !== "GET");
const reading = () => own.filter(({ method }) => method === "GET");

eachDatabase((kind, open) => {
  const start = async () => {
    home = await createInstance({ database: await open() });
    hers = await privateThings(home);
    bob = await aMember(home, "bob");
    own = addressesOf("carol", hers);
  };

  const WEIRD = ["%00", "%ff", "%E0%A4%A", "%2e%2e", "9".repeat(40), "%22%3E%3Cscript%3E", "__proto__"];
  const QUERIES = [
    "before=-1&after=abc&view=%3Cscript%3E&limit=100000&page=1e99&from=-5",
    "before=9007199254740993&after=9007199254740993",
    "before[]=1&before=2&view=grid&view=list&media=__proto__&language=%00&languages=%ff",
    "then=//evil.test&return=//evil.test&url=javascript:alert(1)&uri=file:///etc/passwd&draft=x&reply=-1&quote=%00",
    "q=%00%ff%F0%9F&word=%25%5F%27&since=%00&text=%00&object=%00&link=%00&name=%00&format=xml&maxwidth=NaN&maxheight=-1&w=0",
    "url=https://home.test/@carol/1&maxwidth=1e308&maxheight=Infinity",
  ];

  test("in addresses is answered, and never by a fault of ours (OAU-11, XSS-23)", async () => {
    await start();
    const faults: string[] = [];
    const send = async (
      address: Address,
      who: Member | null,
      fields?: readonly (readonly [string, string])[],
    ) => {
      home.clock.advance(20_000);
      const answer = await ask(home, address, { who, ...(fields === undefined ? {} : { fields }) });
      const text = await answer.text();
      // XML is said by oEmbed to be something that we do not do.
      if (answer.status >= 500 && answer.status !== 501)
        faults.push(`${answer.status} ${address.method} ${address.path.slice(0, 120)}`);
      if (text.includes('"><script>')) faults.push(`echo ${address.path.slice(0, 120)}`);
      const to = answer.headers.get("location") ?? "/";
      if (new URL(to, "https://home.test/").origin !== "https://home.test")
        faults.push(`away ${address.path}`);
    };
    // What its owner alone may look through asks the database with more of what was typed.
    for (const path of ["/@carol/followers", "/@carol/following", "/notifications", "/bookmarks"])
      await send({ method: "GET", path: `${path}?q=%00&kind=%00&before=%00` }, hers.carol);
    for (const { path } of reading())
      for (const [index, query] of QUERIES.entries())
        if (kind === "sqlite" || query.includes("%00"))
          await send({ method: "GET", path: `${path}?${query}` }, index === 0 ? null : bob);
    // PostgreSQL minds characters and numbers that SQLite takes as they are.
    const words = kind === "sqlite" ? WEIRD : ["%00", "%ff", "9".repeat(40)];
    const patterns = new Set(reading().map(({ path }) => path.replace(/\d{2,}|carol|harbour/g, "*")));
    for (const pattern of patterns)
      for (const word of words)
        if (pattern.includes("*")) await send({ method: "GET", path: pattern.replaceAll("*", word) }, bob);
    expect(faults.slice(0, 20)).toEqual([]);
  }, 60_000);

  test("in forms is answered too, and makes nothing that is broken", async () => {
    await start();
    const faults: string[] = [];
    const names = fieldsOf(hers).map(([name]) => name);
    const more =
      "source summary poll_options schedule at do remove return then kinds contexts keywords action expires title endpoint p256dh auth encoding current next confirm_code code sealed passkey size type offset".split(
        " ",
      );
    const VALUES = ["\u0000", "\ud800x", "9".repeat(400), "x".repeat(20_000)];
    for (const address of changing().filter(({ path }) => !/^\/logout$|delete$/.test(path)))
      for (const value of kind === "sqlite" ? VALUES : VALUES.slice(0, 1)) {
        home.clock.advance(20_000);
        await home.app.db.updateTable("sessions").set({ confirmed_at: home.clock.now() }).execute();
        const fields = [...names, ...more].map((name) => [name, value] as const);
        const answer = await ask(home, address, { who: bob, fields });
        if (answer.status >= 500)
          faults.push(`${answer.status} ${address.path} ${JSON.stringify(value.slice(0, 20))}`);
      }
    expect(faults.slice(0, 20)).toEqual([]);
    for (const { path } of reading()) {
      home.clock.advance(20_000);
      const { status } = await ask(home, { method: "GET", path }, { who: bob });
      expect(status, path).toBeLessThan(500);
    }
  }, 60_000);
});
