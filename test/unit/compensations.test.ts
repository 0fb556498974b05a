import { describe, expect, test } from "vitest";
import { Compensations } from "../../workflows/compensations.js";

function recording() {
  const done: string[] = [];
  const compensations = new Compensations();
  const add = (name: string) =>
    compensations.register(async () => {
      await Promise.resolve();
      done.push(name);
    });
  return { done, compensations, add };
}

describe("compensations", () => {
  test("run newest first, one after the other", async () => {
    const { done, compensations, add } = recording();
    for (const name of ["payment", "first shipment", "second shipment"]) add(name);
    await compensations.run(() => true);
    expect(done).toEqual(["second shipment", "first shipment", "payment"]);
  });

  test("are nothing when nothing was begun", async () => {
    const { done, compensations } = recording();
    await compensations.run(() => true);
    expect(done).toEqual([]);
  });

  test("run once, however often they are called for", async () => {
    const { done, compensations, add } = recording();
    add("payment");
    await compensations.run(() => true);
    await compensations.run(() => true);
    expect(done).toEqual(["payment"]);
  });

  test("do not run while they are not wanted, and are kept", async () => {
    const { done, compensations, add } = recording();
    add("payment");
    await compensations.run(() => false);
    expect(done).toEqual([]);
    await compensations.run(() => true);
    expect(done).toEqual(["payment"]);
  });

  test("stop once they are no longer wanted, and leave the rest as it is", async () => {
    const { done, compensations, add } = recording();
    for (const name of ["payment", "first shipment", "second shipment"]) add(name);
    await compensations.run(() => done.length < 2);
    expect(done).toEqual(["second shipment", "first shipment"]);
  });

  test("run what is begun meanwhile before what was begun earlier", async () => {
    const { done, compensations, add } = recording();
    add("payment");
    compensations.register(async () => {
      done.push("first shipment");
      add("second shipment");
    });
    await compensations.run(() => true);
    expect(done).toEqual(["first shipment", "second shipment", "payment"]);
  });
});
