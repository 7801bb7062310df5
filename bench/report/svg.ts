/**
 * What every chart shares: colours that follow the reader's light, text, and the frame around a drawing. A chart is
 * one string of SVG that needs nothing else, so that it stands in a page and alone.
 */
export const WIDTH = 760;

export const escapeXml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Colours by contender: ours glows, the others are quiet. Light first, then dark. */
const SERIES: Record<string, [string, string]> = {
  madang: ["#b5441c", "#ffb05c"],
  uws: ["#3f7d6a", "#6fb8a0"],
  bun: ["#a8842c", "#d3b765"],
  ws: ["#66639f", "#a19edb"],
  "socket.io": ["#7c7568", "#a9a296"],
  deno: ["#3f7196", "#79aed6"],
};

const STYLE = (() => {
  const series = (which: 0 | 1) =>
    Object.entries(SERIES)
      .map(([id, colours]) => `.s-${classOf(id)}{fill:${colours[which]};stroke:${colours[which]}}`)
      .join("");
  return (
    `text{font:13px system-ui,-apple-system,"Segoe UI","Noto Sans",sans-serif;fill:#2a251e}` +
    `.title{font-size:17px;font-weight:650}.small{font-size:12px;fill:#665b4c}.group{font-weight:650}.strong{font-weight:650}` +
    `.paper{fill:#fffcf5}.grid{stroke:#dccfb8;stroke-width:1}.bar{stroke:none}.ridge{fill-opacity:.32;stroke-width:1.6}` +
    `.halo{paint-order:stroke;stroke:#fffcf5;stroke-width:5;stroke-linejoin:round}.mark{stroke-width:2}${series(0)}` +
    `@media(prefers-color-scheme:dark){text{fill:#ebe4d4}.small{fill:#a2a9b4}.paper{fill:#1a2535}.halo{stroke:#1a2535}.grid{stroke:#2b3950}${series(1)}}`
  );
})();

export function classOf(id: string): string {
  return id.replaceAll(/[^a-z0-9]/gi, "-");
}

export function text(
  x: number,
  y: number,
  words: string,
  style = "",
  anchor: "start" | "middle" | "end" = "start",
): string {
  const name = style === "" ? "" : ` class="${style}"`;
  const at = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text x="${round(x)}" y="${round(y)}"${name}${at}>${escapeXml(words)}</text>`;
}

export const round = (value: number) => Math.round(value * 10) / 10;

export function frame(title: string, subtitle: string, height: number, body: string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" ` +
    `aria-label="${escapeXml(`${title}. ${subtitle}`)}"><style>${STYLE}</style>` +
    `<rect class="paper" width="${WIDTH}" height="${height}" rx="10"/>` +
    `${text(20, 32, title, "title")}${text(20, 52, subtitle, "small")}${body}</svg>`
  );
}
