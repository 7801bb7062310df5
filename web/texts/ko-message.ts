/** 메시지가 어떻게 됐는지 보여 주는 한국어. 메뉴의 말은 ko-actions.ts에 있다. */
import type { MessageTexts } from "./en-message.ts";

export const message: MessageTexts = {
  notSent: "보내지 못했어요",
  pending: "보내는 중",
  removed: "삭제된 메시지예요",
  hidden: "가린 메시지예요",
  show: "보기",
  edited: "수정됨",
  showEdits: "수정 전 내용 보기",
  messageMenu: "메시지 메뉴",
  // 소리 내어 읽는 말: 보이는 글과 낱말이 같도록 띄어 써요.
  signOf: (sign, n) => `${sign} ${n.toLocaleString("ko")} 명`,
  signNames: (names, more) => names.join(", ") + (more > 0 ? ` 외 ${more.toLocaleString("ko")}명` : ""),
  somebody: "누군가",
  actRefused: "반영하지 못했어요",
};
