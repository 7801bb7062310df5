/**
 * Draws the pictures of the page from web/icon.svg: icons for home screens, and what messengers show beside a link.
 * Leaves web/images/*.png behind and nothing else; they are committed, so that a build needs no browser.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findBrowser } from "./programs.mjs";

const ground = "#f6f0e4";
const ink = "#343c43";
const centred = "margin:0;display:flex;align-items:center;justify-content:center;height:100vh";

const icon = (size, share, background) => ({
  size: { width: size, height: size },
  body: (svg) =>
    `<body style="${centred};background:${background}"><img style="width:${share}%" src="${svg}"></body>`,
});
const pictures = {
  "icon-180": icon(180, 100, ground),
  "icon-192": icon(192, 100, "transparent"),
  "icon-512": icon(512, 100, "transparent"),
  // Of a maskable icon only the circle in the middle, 80 % wide, is sure to be seen.
  "icon-maskable": icon(512, 64, ground),
  share: {
    size: { width: 1200, height: 630 },
    body: (svg) =>
      `<body style="${centred};gap:56px;background:${ground};color:${ink};font-family:'Noto Sans CJK KR'">
        <img style="width:300px" src="${svg}">
        <div style="font-weight:700"><div style="font-size:150px;line-height:1">마당</div>
        <div style="font-size:56px;letter-spacing:.04em;margin-top:20px">Madang</div></div></body>`,
  },
};

export async function drawIcons(root) {
  const { chromium } = await import("playwright-core");
  const executablePath = await findBrowser();
  if (!executablePath) throw new Error("No Chromium was found to draw with.");
  const source = readFileSync(join(root, "web/icon.svg"));
  const svg = `data:image/svg+xml;base64,${source.toString("base64")}`;
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    for (const [name, { size, body }] of Object.entries(pictures)) {
      await page.setViewportSize(size);
      await page.setContent(body(svg));
      const path = join(root, "web/images", `${name}.png`);
      const bytes = await page.screenshot({ omitBackground: true });
      writeFileSync(path, bytes);
      console.log(`${path}: ${bytes.length} bytes`);
    }
  } finally {
    await browser.close();
  }
}
