import { afterEach, expect, test, vi } from "vitest";
import { nameSkeleton } from "../src/room/names.ts";
import { Skeletons } from "../src/room/skeletons.ts";

afterEach(() => vi.restoreAllMocks());

test("says what the skeleton is, and makes it once for a name that is asked for again", () => {
  const skeletons = new Skeletons();
  const names = ["Ada", "Аda", "수달", "..."];
  for (const name of names) expect(skeletons.of(name)).toBe(nameSkeleton(name));
  const normalize = vi.spyOn(String.prototype, "normalize");
  for (const name of names) skeletons.of(name);
  expect(normalize).not.toHaveBeenCalled();
});

test("remembers a bounded number of names, and is right about all others", () => {
  const skeletons = new Skeletons();
  for (let i = 0; i < 10_000; i++) skeletons.of(`name ${i}`);
  expect(skeletons.size).toBe(2_048);
  for (const name of ["name 0", "name 9999"]) expect(skeletons.of(name)).toBe(nameSkeleton(name));
});
