import type { Page } from "playwright-core";

export interface ViewWords {
  rooms: string;
  people: RegExp;
  menu: string;
  make: string;
  code: string;
  close: string;
  pin: string;
  edit: string;
  reply: string;
  settings: string;
  personMenu: RegExp;
  makeModerator: string;
  moderator: string;
  takeDown: string;
  reacted: string;
  edited: string;
  pins: RegExp;
}

export interface View {
  name: string;
  place: "front" | "room" | "empty" | "missing" | "owned";
  narrow?: boolean;
  spoken?: boolean;
  open?: (page: Page, words: ViewWords) => Promise<void>;
}

export const viewWords: Record<"en" | "ko", ViewWords>;
export const views: View[];
export const WIDE_PX: number;
export function isThere(view: View, width: number): boolean;
export function openPeople(page: Page, words: ViewWords): Promise<void>;
export function stands(page: Page): Promise<void>;
