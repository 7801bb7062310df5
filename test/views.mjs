/**
 * Every view of the page, and how one comes to it: for those who photograph or examine them all. A view opens on a
 * page that shows its `path`; `narrow` ones are there only where the sides have no place beside the conversation,
 * `spoken` ones where messages are.
 */
export const viewWords = {
  en: {
    rooms: "Show rooms",
    people: /^Show people/,
    menu: "Room menu",
    make: "Make a room",
    code: "QR code",
    close: "Close",
  },
  ko: {
    rooms: "방 목록 보기",
    people: /^참여자 .*보기$/,
    menu: "방 메뉴",
    make: "방 만들기",
    code: "QR 코드",
    close: "닫기",
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
];

export const WIDE_PX = 1024;
export const isThere = (view, width) => !view.narrow || width < WIDE_PX;

/** Waits until nothing moves any more. */
export async function stands(page) {
  await page.waitForFunction(() =>
    document.getAnimations().every(({ playState }) => playState !== "running"),
  );
}
