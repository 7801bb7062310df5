/**
 * Every view of the page, and how one comes to it: for those who photograph or examine them all. A view opens on a page
 * that shows its `place`; of owned-view.mjs those of a room that belongs to somebody; `narrow` ones are there only
 * where the sides have no place beside the conversation, `spoken` ones where messages are.
 */
export const viewWords = {
  en: {
    rooms: "Show rooms",
    people: /^Show people/,
    menu: "Room menu",
    make: "Make a room",
    code: "QR code",
    close: "Close",
    pin: "Pin for everybody",
    edit: "Edit",
    reply: "Reply",
    settings: "Room settings",
    personMenu: /^What to do about /,
    makeModerator: "Make a moderator",
    moderator: "moderator",
    takeDown: "Take down",
    reacted: "Who reacted",
    edited: "edited",
    pins: /^All \d/,
  },
  ko: {
    rooms: "방 목록 보기",
    people: /^참여자 .*보기$/,
    menu: "방 메뉴",
    make: "방 만들기",
    code: "QR 코드",
    close: "닫기",
    pin: "모두에게 고정",
    edit: "수정",
    reply: "답장",
    settings: "방 설정",
    personMenu: / 관리$/,
    makeModerator: "관리자로",
    moderator: "관리자",
    takeDown: "내리기",
    reacted: "반응한 사람 보기",
    edited: "수정됨",
    pins: /^모두 \d+개$/,
  },
};

const press = (page, name) => page.getByRole("button", { name }).click();

/** What it opens may come when it is asked for. */
async function open(page, name) {
  await press(page, name);
  await page.getByRole("dialog").waitFor();
}

/** As its key does, and not the mouse: beside a message there are buttons. */
async function openMessage(page) {
  await page.locator(".message[data-seq] .bubble").last().dispatchEvent("contextmenu");
  await page.getByRole("menu").waitFor();
}

/** Of one that a guest said, or of the last one. */
async function openMenuOf(page, message) {
  await page.locator(".message-more").first().waitFor({ state: "attached" });
  await message.locator(".bubble").last().dispatchEvent("contextmenu");
  await page.getByRole("menu").waitFor();
}

const ofGuest = (page) => page.locator(".message:not(.is-own)");
const signed = (page) => page.locator(".message:has(.sign)");

async function chooseIn(page, message, name) {
  await openMenuOf(page, message);
  await page.getByRole("menu").getByText(name, { exact: true }).click();
}

/** They stand beside the conversation where there is place for them: with large text on no screen. */
export async function openPeople(page, words) {
  if (await page.getByRole("button", { name: words.people }).isVisible()) await open(page, words.people);
  await page.getByRole("button", { name: words.personMenu }).first().waitFor();
}

export const WIDE_PX = 1024;

export const views = [
  { name: "front", place: "front" },
  { name: "room", place: "room" },
  { name: "empty-room", place: "empty" },
  { name: "rooms", place: "room", narrow: true, open: (page, words) => open(page, words.rooms) },
  { name: "people", place: "room", narrow: true, open: (page, words) => open(page, words.people) },
  { name: "menu", place: "room", open: (page, words) => open(page, words.menu) },
  {
    name: "invitation",
    place: "room",
    open: async (page, words) => {
      await open(page, words.menu);
      await press(page, words.code);
      await page.locator(".code").waitFor();
    },
  },
  {
    name: "making",
    place: "room",
    open: async (page, words) => {
      await open(page, words.menu);
      await page.getByRole("dialog").getByRole("button", { name: words.make }).click();
      await page.locator("#new-room").waitFor();
    },
  },
  { name: "message", place: "room", spoken: true, open: openMessage },
  {
    name: "signs",
    place: "room",
    spoken: true,
    open: async (page) => {
      await openMessage(page);
      await page.locator(".signs [role=menuitem]").click();
      await page.locator(".picker").waitFor();
    },
  },
  { name: "missing", place: "missing" },
  { name: "owned", place: "owned", open: (page) => page.locator(".about .topic").waitFor() },
  { name: "owned-people", place: "owned", narrow: true, open: openPeople },
  {
    name: "owned-person",
    place: "owned",
    open: async (page, words) => {
      await openPeople(page, words);
      await page.getByRole("button", { name: words.personMenu }).last().click();
      await page.locator(".person-menu").waitFor();
    },
  },
  {
    name: "owned-settings",
    place: "owned",
    open: async (page, words) => {
      await open(page, words.menu);
      await page.getByRole("dialog").getByRole("button", { name: words.settings }).click();
      await page.locator("#room-topic").waitFor();
    },
  },
  { name: "owned-message", place: "owned", open: (page) => openMenuOf(page, ofGuest(page)) },
  {
    name: "owned-taking-down",
    place: "owned",
    open: async (page, words) => {
      await chooseIn(page, ofGuest(page), words.takeDown);
      await page.locator("#reason").waitFor();
    },
  },
  { name: "owned-pins", place: "owned", open: (page, words) => open(page, words.pins) },
  {
    name: "reacted",
    place: "owned",
    open: async (page, words) => {
      await chooseIn(page, signed(page), words.reacted);
      await page.locator(".reacted li").nth(2).waitFor();
    },
  },
  {
    name: "edits",
    place: "owned",
    open: async (page, words) => {
      await page.getByRole("button", { name: words.edited }).click();
      await page.locator(".edits .quoted").nth(1).waitFor();
    },
  },
  {
    name: "reply",
    place: "owned",
    open: async (page, words) => {
      await chooseIn(page, ofGuest(page), words.reply);
      await page.locator("dialog").waitFor({ state: "detached" });
      await page.locator(".composer textarea:focus").waitFor();
    },
  },
];

export const isThere = (view, width) => !view.narrow || width < WIDE_PX;

/** Waits until nothing moves any more. */
export async function stands(page) {
  await page.waitForFunction(() =>
    document.getAnimations().every(({ playState }) => playState !== "running"),
  );
}
