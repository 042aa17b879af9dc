import { describe, test } from "vitest";
import {
  checkAuthorization,
  checkMarkdown,
  checkSanitizer,
  checkVisibility,
  SEED,
} from "../hostile/properties.ts";
import { eachDatabase } from "../support/databases.ts";

const CASES = 10_000;
const BOUND_MS = 900_000;

describe(`Ten thousand cases each, with the seed ${SEED} (another one with PROPERTY_SEED)`, () => {
  test("HTML of others is clean, once and for all", () => checkSanitizer(CASES), BOUND_MS);
  test("what people write becomes clean HTML", () => checkMarkdown(CASES), BOUND_MS);
  eachDatabase((_, open) => {
    test(
      "who sees what is the same in the domain and in SQL",
      async () => await checkVisibility(await open(), CASES),
      BOUND_MS,
    );
    test(
      "pages of the team are for the team",
      async () => await checkAuthorization(await open(), CASES),
      BOUND_MS,
    );
  });
});
