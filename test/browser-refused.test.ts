/** A room that is refused because one is in as many as the server allows: the true number, and the ways to try again. */
import { afterEach, expect, test } from "vitest";
import { aBrowser, ServerProcess, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const stage = aBrowser();
let server: ServerProcess;

afterEach(() => server.close());

test.each([
  { most: 2, lang: "en", says: "You can be in 2 rooms at once. Leave one, then try again." },
  { most: 1, lang: "en", says: "You can be in one room at once. Leave it, then try again." },
  { most: 2, lang: "ko", says: "방은 한 번에 2개까지예요. 한 곳에서 나간 뒤 다시 눌러 주세요." },
])(
  "it says that $most are the most, and is entered by the button or from the list once there is a place ($lang)",
  async ({ most, lang, says }) => {
    server = new ServerProcess(["--max-rooms-per-connection", String(most)]);
    await server.start();
    const visitor = await Visitor.come(stage.browser, `${server.url}/?lang=${lang}`);
    const { page } = visitor;
    const field = page.locator("#room-name");
    const composer = page.locator(".composer textarea");
    const leave = (room: string) =>
      page.getByRole("button", { name: lang === "ko" ? `${room}에서 나가기` : `Leave ${room}` }).click();
    const go = async (room: string) => {
      await field.fill(room);
      await field.press("Enter");
      await page.getByRole("heading", { name: room }).waitFor();
    };
    const rooms = ["ants", "bees"].slice(0, most);
    for (const room of rooms) {
      await go(room);
      await composer.waitFor();
    }
    await go("full");
    const alert = page.getByRole("alert").filter({ hasText: says });
    await alert.waitFor();
    // Still full: the same again.
    await alert.getByRole("button").click();
    await alert.waitFor();
    await leave("ants");
    await alert.getByRole("button").click();
    await composer.waitFor();
    await go("more");
    await alert.waitFor();
    await leave("full");
    await page.locator(".is-open a", { hasText: "more" }).click();
    await composer.waitFor();
    expect(await alert.count()).toBe(0);
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);
