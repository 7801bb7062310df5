/** What the page weighs, as the build made it: of the language that weighs more. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Measured } from "../rows.ts";
import type { StageOptions } from "../stage.ts";

interface Asset {
  path: string;
  file: string;
  type: string;
  first: boolean;
  /** Of the front page alone. Builds before it had a part of its own do not say it. */
  front?: boolean;
  room?: boolean;
  /** Builds before the page had one language hold no such word. */
  language?: string | null;
  page?: { kind: string } | null;
}

/** What the link to a room brings: its own page, which holds the styles, and the scripts. */
const isOfRoomLink = ({ first, front, room, type, page }: Asset) =>
  page ? page.kind === "room" : (first && !front) || (room && !type.startsWith("text/css"));

export function bytes({ dist }: StageOptions): Measured[] {
  const assets = JSON.parse(readFileSync(join(dist, "assets.json"), "utf8")) as Asset[];
  const weigh = ({ file }: Asset) => statSync(join(dist, `${file}.br`)).size;
  const most = (chosen: (asset: Asset) => boolean | undefined) =>
    Math.max(
      ...["en", "ko"].map((language) =>
        assets
          .filter((asset) => (asset.language ?? language) === language && chosen(asset))
          .reduce((sum, asset) => sum + weigh(asset), 0),
      ),
    );
  const parts = assets.filter(
    ({ type, path, first, room }) =>
      /script|css/.test(type) && !first && !room && !path.startsWith("/service-worker"),
  );
  const [largest] = parts.sort((a, b) => weigh(b) - weigh(a));
  return [
    { id: "first-load", value: most(({ first }) => first) },
    { id: "with-room", value: most(isOfRoomLink) },
    ...(largest
      ? [{ id: "largest-part", value: weigh(largest), note: largest.path.replace(/-[^-]*$/, "") }]
      : []),
  ];
}
