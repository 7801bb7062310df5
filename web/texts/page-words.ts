/** What stands in the pages themselves, before any script: the build puts it there. */
import type { LanguageName } from "../language.ts";
import { front as en } from "./en.ts";
import { room as enRoom } from "./en-room.ts";
import { front as ko } from "./ko.ts";
import { room as koRoom } from "./ko-room.ts";

interface PageWords {
  title: string;
  description: string;
  noscript: string;
  /** On the page for an address where nothing is. */
  missing: string;
  goHome: string;
  /** In the frame of a room. */
  message: string;
  send: string;
  /** From a room in another site's page to the page of its own. */
  openWhole: string;
}

export const pageWords: Record<LanguageName, PageWords> = {
  en: {
    title: en.title,
    description: "Rooms to talk in, without an account. Open the link and write.",
    noscript: "Madang needs JavaScript.",
    missing: "There is nothing at this address.",
    goHome: "To the front page",
    message: enRoom.message,
    send: enRoom.send,
    openWhole: "Open the whole chat",
  },
  ko: {
    title: ko.title,
    description: "가입 없이 링크만 열면 이야기할 수 있는 방이에요.",
    noscript: "마당을 쓰려면 자바스크립트가 필요해요.",
    missing: "이 주소에는 아무것도 없어요.",
    goHome: "첫 화면으로",
    message: koRoom.message,
    send: koRoom.send,
    openWhole: "전체 채팅 열기",
  },
};
