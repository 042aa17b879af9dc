import { expect, onTestFinished, test } from "vitest";
import { DRILL_STEPS } from "../../server/domain/chore.ts";
import { findChore, requestChore } from "../../server/services/administration/chores.ts";
import { createInstance } from "../support/instance.ts";

test(
  "a drill that an owner asks for is played by real servers, and all ten steps go well",
  { timeout: 120_000 },
  async () => {
    const here = await createInstance();
    onTestFinished(() => here.close());
    const { owner, app } = here;
    if (owner === null) throw new Error("An instance that is set up has an owner.");
    await requestChore(app, owner, "drill");
    expect(await findChore(app, owner, "drill")).toMatchObject({ state: "waiting" });
    await here.worker.drain({ failFast: true });
    const state = await findChore(app, owner, "drill");
    if (state?.state !== "done") throw new Error(`The drill is not done: ${JSON.stringify(state)}`);
    const { isWell, steps } = state.outcome;
    expect(steps.filter((one) => !one.isWell)).toEqual([]);
    expect(steps.map(({ step }) => step)).toEqual([...DRILL_STEPS]);
    expect(isWell).toBe(true);
    expect(steps.at(-1)?.text).toMatch(/Of what they wrote, 2 notes and 1 picture/);
  },
);
