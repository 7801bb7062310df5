import { expect, test } from "vitest";
import { Part } from "../web/components/part.tsx";

test("a part is drawn again when something it shows is another value, and only then", () => {
  const draw = () => null;
  const rows = [1, 2];
  const part = new Part({ on: [rows, "name", 3], draw });
  const redraws = (on: unknown[]) => part.shouldComponentUpdate({ on, draw: () => null });
  expect(redraws([rows, "name", 3])).toBe(false);
  for (const other of [
    [[1, 2], "name", 3],
    [rows, "names", 3],
    [rows, "name", null],
  ])
    expect(redraws(other)).toBe(true);
});
