/** 쓰던 이름을 다른 브라우저로 옮길 때 보이는 한국어. */
import type { MoveTexts } from "./en-move.ts";
import { withNim } from "./nim.ts";
import { withRo } from "./particle.ts";

export const move: MoveTexts = {
  outWhat: (name) =>
    `${withNim(name)}의 이름과 방, 메시지를 그대로 옮겨요. 옮기고 나면 여기서는 쓸 수 없어요. 그쪽에서 링크를 열거나 낱말을 적어 주세요.`,
  words: "다른 브라우저에 적을 낱말",
  code: "링크의 QR 코드",
  copy: "링크 복사",
  copied: "링크를 복사했어요.",
  notCopied: "복사하지 못했어요. 낱말을 적어 주세요.",
  left: (minutes, seconds) => `${minutes}:${String(seconds).padStart(2, "0")} 동안 한 번 쓸 수 있어요`,
  asking: "잠시만요…",
  over: "시간이 지났어요.",
  again: "새 낱말 받기",
  cancel: "취소",
  waiting: (n) => `아직 보내지 못한 메시지가 ${n.toLocaleString("ko")}개 있어요. 다 보낸 뒤에 옮겨 주세요.`,
  retry: "다시 하기",
  elsewhere: "다른 곳에서는 로그아웃",
  elsewhereWhat: "다른 사람이 내 이름을 쓰는 것 같다면, 이 브라우저에서만 쓸 수 있게 해요.",
  elsewhereDone: "이제 이 브라우저에서만 쓸 수 있어요.",
  inWhat: "쓰던 브라우저에서 “다른 브라우저로 옮기기”를 누르면 낱말 다섯 개가 보여요.",
  field: "낱말",
  next: "다음",
  comes: (name, rooms) =>
    rooms > 0
      ? `${withNim(name)}과 방 ${rooms.toLocaleString("ko")}개를 여기로 가져와요.`
      : `${withNim(name)}을 여기로 가져와요.`,
  instead: (name) =>
    `이 브라우저에서 쓰던 ${withNim(name)}은 따로 두었다가, 가져온 이름이 다시 다른 곳으로 가면 돌려드려요.`,
  take: "여기로 가져오기",
  keepsNothing:
    "이 브라우저는 아무것도 저장하지 못해서, 가져오면 잃어버려요. 시크릿 창이 아닌 곳에서 다시 해 주세요.",
  away: "다른 브라우저로 옮겼어요",
  awayWhat: (name) =>
    `${withNim(name)}은 이제 다른 브라우저에 있어요. 여기에 남은 대화는 그대로 읽을 수 있어요.`,
  unsent: (n) => `여기서 보내지 못한 메시지가 ${n.toLocaleString("ko")}개 있어요.`,
  keepAs: (name) => `여기서는 ${withRo(name)} 계속하기`,
  keepNew: "여기서는 새 이름으로 계속하기",
  keepWhat: "저장된 대화와 쓰던 글은 남아요. 보내지 못한 메시지는 그 방에서 기다려요.",
  remove: "이 기기에서 지우기",
  removeWhat: "여기에 저장된 대화와 쓰던 글, 설정이 모두 지워져요.",
};
