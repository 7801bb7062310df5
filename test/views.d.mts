import type { Page } from "playwright-core";

export interface ViewWords {
  rooms: string;
  people: RegExp;
  menu: string;
  make: string;
  code: string;
  close: string;
}

export interface View {
  name: string;
  place: "front" | "room" | "empty" | "missing";
  narrow?: boolean;
  spoken?: boolean;
  open?: (page: Page, words: ViewWords) => Promise<void>;
}

export const viewWords: Record<"en" | "ko", ViewWords>;
export const views: View[];
export const WIDE_PX: number;
export function isThere(view: View, width: number): boolean;
export function stands(page: Page): Promise<void>;
