import { expect, test } from "vitest";
import { withNim } from "../web/texts/nim.ts";
import { withRo } from "../web/texts/particle.ts";

test.each([
  ["다정한 수달", "다정한 수달로"],
  ["느긋한 두루미", "느긋한 두루미로"],
  ["곰", "곰으로"],
  // As a keyboard of a Mac may write it, in parts.
  ["곰".normalize("NFD"), `${"곰".normalize("NFD")}으로`],
  ["수달 2", "수달 2로"],
  ["수달 3", "수달 3으로"],
  ["수달 10", "수달 10으로"],
  ["Gentle Otter", "Gentle Otter로"],
  ["Tom", "Tom으로"],
  ["Anna", "Anna로"],
  ["Irene", "Irene으로"],
  ["James", "James로"],
  ["Paul", "Paul로"],
  ["Jack", "Jack(으)로"],
  ["수달 B", "수달 B로"],
  ["수달 N", "수달 N으로"],
  ["🦦", "🦦(으)로"],
  ["Жук", "Жук(으)로"],
  ["", "(으)로"],
])("%s", (name, expected) => {
  expect(withRo(name)).toBe(expected);
});

test("nobody is called 님 twice", () => {
  expect([withNim("수달"), withNim("손님")]).toEqual(["수달님", "손님"]);
});
