/** 방 메뉴와 초대 창에 보이는 한국어. */
import type { MenuTexts } from "./en-menu.ts";

export const menu: MenuTexts = {
  what: "링크가 있으면 누구나 읽고 쓸 수 있어요.",
  share: "링크 공유",
  code: "QR 코드",
  codeOf: (room) => `${room} 방 링크의 QR 코드`,
  settings: "방 설정",
  operator: "운영자…",
  link: "이 방의 링크",
  copy: "복사",
  copied: "링크를 복사했어요.",
  notCopied: "링크를 선택해서 복사해 주세요.",
  noCode: "QR 코드를 불러오지 못했어요.",
};
