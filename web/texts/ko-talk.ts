/** 부르기와 답장 둘레에 보이는 한국어. */
import type { TalkTexts } from "./en-talk.ts";
import { withNim } from "./nim.ts";

export const talk: TalkTexts = {
  reply: "답장",
  answering: (name) => `${withNim(name)}에게 답장`,
  cancel: "답장 취소",
  answers: (n) => `답장 ${n.toLocaleString("ko")}개`,
  gone: "더는 남아 있지 않은 메시지예요",
  meant: (n) => `나를 부른 메시지 ${n > 99 ? "99+" : n}개`,
  toMeant: (n) => `나를 부른 메시지 ${n.toLocaleString("ko")}개 가운데 첫 번째로 가기`,
  called: (name, text) => `${withNim(name)}이 나를 불렀어요: ${text}`,
  answered: (name, text) => `${withNim(name)}이 나에게 답장했어요: ${text}`,
};
