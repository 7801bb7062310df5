/** Commands as people give them: by keyboard, in an open room and in one's own. */
import { expect, test } from "vitest";
import { visitor } from "../bench/hostile/visitor.ts";
import { kinds } from "../src/client/client.ts";
import type { ActRecord, TextRecord } from "../src/wire/block.ts";
import { Role } from "../src/wire/records/role.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";

const stage = browserAndServer();
const { server } = stage;

test("a command is found, said to be wrong in the field, and done", { timeout: 120_000 }, async () => {
  const client = visitor(Number(new URL(server.url).port), "127.0.0.1", {});
  client.start();
  const name = await client.makeRoom("club", false);
  const acts: ActRecord[] = [];
  const said: TextRecord[] = [];
  const texts = () => said.map(({ text }) => text);
  const room = client.enter(name, {
    listener: {
      acted: (some) => acts.push(...some),
      appended: (some) => said.push(...some),
    },
  });
  const ben = await Visitor.come(stage.browser, `${server.url}/r/${name}`);
  const field = ben.page.locator(".composer textarea");
  const options = () => ben.page.getByRole("option").locator("b").allInnerTexts();
  await field.pressSequentially("//hi");
  await ben.page.keyboard.press("Enter");
  await expect.poll(texts).toEqual(["/hi"]);
  // Without a role there are those that everybody has.
  await field.pressSequentially("/");
  await expect.poll(options).toEqual(["/me", "/help"]);
  await field.pressSequentially("topic books");
  await ben.page.keyboard.press("Enter");
  await ben.page.getByRole("alert").filter({ hasText: "/topic" }).waitFor();
  expect(await field.inputValue()).toBe("/topic books");
  const { author } = said[0]!;
  room.act(kinds.role, { who: author, role: Role.moderator });
  await expect
    .poll(async () => {
      await field.fill("");
      await field.pressSequentially("/t");
      return options();
    })
    .toEqual(["/topic"]);
  await ben.page.keyboard.press("Enter");
  expect(await field.inputValue()).toBe("/topic ");
  await field.pressSequentially("books");
  await ben.page.keyboard.press("Enter");
  await expect.poll(() => acts.at(-1)).toMatchObject({ kind: kinds.topic.kind, author, text: "books" });
  await expect.poll(() => field.inputValue()).toBe("");
  expect(texts()).toEqual(["/hi"]);
  client.stop();
});
