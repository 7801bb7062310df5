/** 메시지 메뉴의 한국어. */
import type { MessageMenuTexts } from "./en-actions.ts";
import { withNim } from "./nim.ts";

export const menu: MessageMenuTexts = {
  react: "반응",
  moreSigns: "이모지 더 보기",
  copyText: "글 복사",
  copyLink: "링크 복사",
  textCopied: "글을 복사했어요",
  notCopied: "이 브라우저에서는 복사할 수 없어요.",
  report: "신고",
  ignore: (name) => `${withNim(name)} 가리기`,
  unignore: (name) => `${withNim(name)} 다시 보기`,
  askRemove: "이 메시지를 삭제할까요?",
  removedForAll: "모두에게서 지워지고, 되돌릴 수 없어요.",
  pin: "모두에게 고정",
  unpin: "고정 해제",
  takeDown: "내리기",
  askTakeDown: "이 메시지를 내릴까요?",
  reason: "이유 (적으면 모두가 볼 수 있어요)",
  whoReacted: "반응한 사람 보기",
};
