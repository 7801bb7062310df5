/** 메시지 하나에 대해 물어본 것의 한국어: 누가 반응했는지, 수정 전에는 어땠는지. */
import type { AboutTexts } from "./en-about.ts";
import { withNim } from "./nim.ts";

const number = (n: number): string => n.toLocaleString("ko");

export const about: AboutTexts = {
  reacted: "반응한 사람",
  // 앞말은 늘 "님"으로 끝나므로 조사는 "과" 하나예요.
  by: (name, own, others) =>
    [name && withNim(name), own ? "나" : ""].filter(Boolean).join("과 ") +
    (others > 0 ? ` 외 ${number(others)}명` : ""),
  more: (n) => `이 밖에 ${number(n)}명이 더 있어요.`,
  nobody: "이제는 아무도 없어요.",
  edits: "수정 전 내용",
  missing: (n) => `이전 내용 ${number(n)}개는 더는 남아 있지 않아요.`,
  older: (n) => `더 오래된 내용 ${number(n)}개는 너무 많아서 여기 다 보이지 않아요.`,
  asHeld: "지금은 서버에 물어볼 수 없어서 여기서 아는 것만 보여요.",
};
