/**
 * A room that belongs to somebody, with all that one may have: made by the page of its owner, and talked in by guests.
 * For those who photograph or examine its views; nothing of it is judged here.
 */
import { openPeople, viewWords } from "./views.mjs";

const said = {
  ko: {
    title: "감나무 집 마당에서 저녁을 먹는 사람들의 모임",
    topic:
      "오늘 저녁 일곱 시, 감나무 아래에서 만나요. 지도는 https://example.com/r/persimmon 에 있어요. 늦는 분은 미리 말해 주세요.",
    owner: ["오늘 저녁에 마당에서 같이 밥 먹을까요?", "그릇은 각자 가져와 주세요."],
    guests: ["좋아요! 저는 김치전 부쳐 갈게요 🥘", "저는 막걸리 담당이에요."],
    edited: "그릇과 수저는 각자 가져와 주세요.",
    reply: "두 장만 더 부쳐 주세요.",
  },
  en: {
    title: "Everyone who has dinner under the persimmon tree",
    topic:
      "Tonight at seven, under the persimmon tree. The map is at https://example.com/r/persimmon. Whoever is late says so.",
    owner: ["Shall we have dinner in the yard tonight?", "Everyone brings a bowl."],
    guests: ["Yes! I'll bring scallion pancakes 🥘", "And I the tea."],
    edited: "Everyone brings a bowl and a spoon.",
    reply: "Two more of them, please.",
  },
};

const say = async (page, text) => {
  await page.locator(".composer textarea").fill(text);
  await page.locator(".composer .send").click();
  await page.locator(".message:not(.is-pending)", { hasText: text }).waitFor();
};

/** Chooses in the menu of the message that holds this text. */
async function choose(page, text, name) {
  await page.locator(".message .message-more").first().waitFor({ state: "attached" });
  await page.locator(".bubble", { hasText: text }).last().dispatchEvent("contextmenu");
  await page.getByRole("menu").waitFor();
  await page.getByRole("menu").getByText(name, { exact: true }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
}

/**
 * `page` shows the front page, is wide, and becomes the owner; `come` brings another person to an address.
 * @returns the address of the room.
 */
export async function makeOwned(page, language, name, come) {
  const words = viewWords[language];
  const { title, topic, owner, guests, edited, reply } = said[language];
  await page.getByRole("button", { name: words.make }).click();
  await page.locator("#new-room").fill(name);
  await page.locator("#new-room").press("Enter");
  await page.locator("h1", { hasText: name }).waitFor();
  await page.locator("dialog").waitFor({ state: "detached" });
  for (const text of owner) await say(page, text);
  for (const text of guests) {
    const guest = await come(page.url());
    await guest.locator(".bubble", { hasText: owner[1] }).waitFor();
    await choose(guest, owner[0], "👍");
    await say(guest, text);
  }
  await choose(page, owner[0], "👍");
  await choose(page, owner[0], words.pin);
  await choose(page, owner[1], words.pin);
  await choose(page, owner[1], words.edit);
  await say(page, edited);
  await choose(page, guests[0], words.reply);
  await say(page, reply);
  await openPeople(page, words);
  await page.getByRole("button", { name: words.personMenu }).nth(1).click();
  await page.getByRole("button", { name: words.makeModerator }).click();
  await page.locator(".role", { hasText: words.moderator }).waitFor();
  if (await page.locator("dialog").isVisible()) await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: words.menu }).click();
  await page.getByRole("button", { name: words.settings }).click();
  await page.locator("#room-topic").fill(topic);
  await page.locator("#room-title").fill(title);
  await page.locator("#room-slow").selectOption({ index: 2 });
  await page.locator("dialog form:has(#room-topic) [type=submit]").last().click();
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.locator(".about .topic").waitFor();
  return page.url();
}
