/**
 * Makes the README's pictures from the real client on a real server: a few people come, talk, and are photographed.
 * Leaves web/screenshots/*.png behind and nothing else; with `--all FOLDER` every view, in that folder, or those
 * whose names stand behind it.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { photographAll } from "./all-views.mjs";
import { findBrowser } from "./programs.mjs";

const maxBytes = 250_000;
const wide = { width: 1180, height: 740 };
const phone = { width: 390, height: 780 };

/** What is said in the yard, by whom. */
const talk = {
  ko: [
    ["다정한 수달", "오늘 저녁에 마당에서 같이 밥 먹을까요?"],
    ["다정한 수달", "일곱 시쯤 어때요"],
    ["느긋한 두루미", "좋아요! 저는 김치전 부쳐 갈게요 🥘"],
    ["씩씩한 고래", "저는 막걸리 담당이에요. 지도는 여기: https://example.com/r/감나무-집"],
    ["느긋한 두루미", "비가 오면 대청마루로 옮기면 되고,\n날이 좋으면 감나무 아래에 돗자리를 펴요."],
    ["다정한 수달", "완벽하네요. 그럼 그때 봐요!"],
  ],
  en: [
    ["Gentle Otter", "Shall we have dinner in the yard tonight?"],
    ["Gentle Otter", "Around seven?"],
    ["Calm Crane", "Yes! I'll bring scallion pancakes 🥘"],
    ["Brave Whale", "And I the tea. The way is here: https://example.com/persimmon-tree"],
    ["Calm Crane", "If it rains we sit on the porch,\notherwise under the persimmon tree."],
    ["Gentle Otter", "Perfect. See you then!"],
  ],
};

const pictures = [
  { name: "room-ko-light", language: "ko", scheme: "light", screen: wide, room: true },
  { name: "room-en-dark", language: "en", scheme: "dark", screen: wide, room: true },
  { name: "phone-ko-dark", language: "ko", scheme: "dark", screen: phone, room: true },
  { name: "phone-en-light", language: "en", scheme: "light", screen: phone, room: true },
  { name: "front-ko-dark", language: "ko", scheme: "dark", screen: wide, room: false },
  { name: "front-en-light", language: "en", scheme: "light", screen: wide, room: false },
];

function freePort() {
  return new Promise((found) => {
    const probe = createServer().listen(0, () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

async function startServer(root, data, port) {
  const args = [join(root, "dist/main.js"), "--port", String(port), "--data", data];
  const server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((ready, failed) => {
    server.stdout.once("data", ready);
    server.once("exit", (code) => failed(new Error(`the server ended with ${code}`)));
  });
  return server;
}

async function come(browser, url, { language, scheme, screen }) {
  const context = await browser.newContext({
    locale: language === "ko" ? "ko-KR" : "en-US",
    timezoneId: "Asia/Seoul",
    colorScheme: scheme,
    viewport: screen,
    hasTouch: screen === phone,
    isMobile: screen === phone,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector("#nickname")?.value);
  return page;
}

async function name(page, nickname) {
  await page.locator("#nickname").fill(nickname);
  await page.locator("#nickname").press("Enter");
  await page.waitForFunction(
    (wanted) =>
      document.querySelector(".people b, .bubble, .gate")?.ownerDocument.body.innerText.includes(wanted),
    nickname,
  );
}

/** People of one language talk in one room until all is said. */
async function fillRoom(browser, room, language) {
  const people = new Map();
  const count = talk[language].length;
  for (const [author, text] of talk[language]) {
    if (!people.has(author)) {
      const page = await come(browser, room, { language, scheme: "light", screen: wide });
      await name(page, author);
      people.set(author, page);
    }
    const page = people.get(author);
    await page.locator(".composer textarea").fill(text);
    await page.locator(".composer .send").click();
    await page.waitForFunction(() => !document.querySelector(".is-pending"));
    await page.waitForTimeout(60);
  }
  for (const page of people.values()) {
    await page.waitForFunction((all) => document.querySelectorAll(".bubble").length === all, count);
  }
  return people;
}

/** A yard with more rooms than one looks through, one with a long name. */
async function openMore(browser, url) {
  const names = [
    "a-room-with-a-name-that-is-as-long-as-anyone-could-ever-want-it",
    "감나무-아래-평상에서-수박을-먹으며-이야기하는-여름밤의-모임",
  ];
  for (let n = 1; n <= 8; n++) names.push(`yard-${n}`);
  for (const name of names) {
    const page = await come(browser, `${url}/r/${encodeURIComponent(name)}`, {
      language: "en",
      scheme: "light",
      screen: wide,
    });
    await page.locator(".composer textarea").fill("…");
    await page.locator(".composer .send").click();
    await page.locator(".message:not(.is-pending)").waitFor();
    await page.context().close();
  }
}

export async function takeScreenshots(root, [flag, allFolder, ...names]) {
  if (flag !== undefined && (flag !== "--all" || !allFolder))
    throw new Error("There is: --all FOLDER [VIEW…]");
  const { chromium } = await import("playwright-core");
  const executablePath = await findBrowser();
  if (!executablePath) throw new Error("No Chromium was found; npm test installs one.");
  const folder = join(root, "web/screenshots");
  const data = mkdtempSync(join(tmpdir(), "madang-pictures-"));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const server = await startServer(root, data, port);
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];
  const browser = await chromium.launch({ executablePath, args });
  mkdirSync(folder, { recursive: true });
  try {
    const rooms = { ko: `${url}/r/${encodeURIComponent("저녁-마당")}`, en: `${url}/r/dinner-in-the-yard` };
    const people = {
      ko: await fillRoom(browser, rooms.ko, "ko"),
      en: await fillRoom(browser, rooms.en, "en"),
    };
    if (allFolder) {
      await openMore(browser, url);
      const places = (room) => ({ front: url, room, empty: `${room}-2`, missing: `${url}/nothing` });
      await photographAll({
        chromium,
        launchOptions: { executablePath, args },
        places: { ko: places(rooms.ko), en: places(rooms.en) },
        folder: allFolder,
        come: (url, language) => come(browser, url, { language, scheme: "light", screen: wide }),
        names,
      });
      return;
    }
    for (const { name: file, language, scheme, screen, room } of pictures) {
      const [page] = people[language].values();
      const shown = room ? page : await come(browser, url, { language, scheme, screen });
      await shown.setViewportSize(screen);
      await shown.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      const writer = [...people[language].values()][1];
      // Somebody is writing in every picture of a room.
      if (room) await writer.locator(".composer textarea").pressSequentially("…");
      await shown.mouse.move(0, 0);
      await shown.evaluate(() => document.activeElement?.blur());
      await shown.waitForTimeout(500);
      const path = join(folder, `${file}.png`);
      await shown.screenshot({ path });
      const { size } = statSync(path);
      console.log(`  ${file}.png ${size} bytes`);
      if (size > maxBytes) throw new Error(`${file}.png is larger than ${maxBytes} bytes`);
    }
  } finally {
    await browser.close();
    server.kill("SIGTERM");
    await new Promise((ended) => server.once("exit", ended));
    rmSync(data, { recursive: true, force: true });
  }
}
