import type { Page } from "playwright-core";

export function makeOwned(
  page: Page,
  language: "en" | "ko",
  name: string,
  come: (url: string) => Promise<Page>,
): Promise<string>;
