import { describe, test } from "vitest";
import { eachDatabase } from "../support/databases.ts";
import { checkAuthorization, checkMarkdown, checkSanitizer, checkVisibility, SEED } from "./properties.ts";

const CASES = 200;

describe(`with the seed ${SEED}`, () => {
  test("HTML of others is clean, once and for all", () => checkSanitizer(CASES));
  test("what people write becomes clean HTML", () => checkMarkdown(CASES));
  eachDatabase((_, open) => {
    test("who sees what is the same in the domain and in SQL", async () =>
      await checkVisibility(await open(), CASES));
    test(
      "pages of the team are for the team",
      async () => await checkAuthorization(await open(), CASES),
      60_000,
    );
  });
});
