/** The operator's key on the server: what is it and what is not, and how much is said of guesses. */
import { expect, test } from "vitest";
import { SecretOperatorKey } from "../src/server/operator-key.ts";
import { encodeText } from "../src/wire/bytes.ts";

const KEY = "0123456789abcdef";

test("only the whole key is right, whatever length a guess has", () => {
  const key = new SecretOperatorKey(KEY, { monotonic: () => 0 }, () => undefined);
  const isRight = (text: string) => key.isRight(encodeText(text));
  expect(isRight(KEY)).toBe(true);
  for (const wrong of [
    "",
    KEY.slice(1),
    KEY.slice(0, -1),
    `${KEY}0`,
    KEY.toUpperCase(),
    ` ${KEY}`,
    "x".repeat(8_000),
  ])
    expect(isRight(wrong), wrong.slice(0, 20)).toBe(false);
});

test("however many are wrong, one line a minute says how many, and holds none of them", () => {
  const said: string[] = [];
  let now = 0;
  const key = new SecretOperatorKey(KEY, { monotonic: () => now }, (_event, sentence) => said.push(sentence));
  for (let i = 0; i < 500; i++) key.isRight(encodeText(`guess ${i}`));
  expect(said).toEqual(["Wrong operator's keys that were shown since the start: 1."]);
  now = 60_000;
  key.isRight(encodeText("guess"));
  key.isRight(encodeText(KEY));
  expect(said[1]).toBe("Wrong operator's keys that were shown since the start: 501.");
  expect(said).toHaveLength(2);
});
