/** 관리자 방에서 한 일과 신고를 알리는 한국어. 이름에는 방향 표시가 붙어서 온다. */
import type { BackTexts } from "./en-back.ts";
import { withNim } from "./nim.ts";

const because = (reason: string) => reason && `: ${reason}`;

export const back: BackTexts = {
  somebody: "누군가",
  takedown: (by, whom, reason) => `${withNim(by)}이 ${withNim(whom)}의 메시지를 내렸어요${because(reason)}`,
  pin: (by, whom) => `${withNim(by)}이 ${withNim(whom)}의 메시지를 고정했어요`,
  unpin: (by, whom) => `${withNim(by)}이 ${withNim(whom)}의 메시지 고정을 풀었어요`,
  lost: (n) =>
    n > 0
      ? `이 앞의 일 ${n.toLocaleString("ko")}건은 알 수 없게 됐어요`
      : "이 앞의 일은 알 수 없게 됐을 수 있어요",
  other: (by) => `${withNim(by)}이 이 페이지가 모르는 일을 했어요`,
  closed: (by, room, reason) => `${withNim(by)}이 ${room} 방을 닫았어요${because(reason)}`,
  reserved: (by, name) => `${withNim(by)}이 쓸 수 없는 이름을 정했어요: ${name}`,
  freed: (by, name) => `${withNim(by)}이 정해 둔 이름을 풀었어요: ${name}`,
  announced: (by, text) =>
    text ? `${withNim(by)}이 모두에게 알렸어요: ${text}` : `${withNim(by)}이 알린 것을 거뒀어요`,
  reported: (by, whom) => `${withNim(by)}이 ${withNim(whom)}의 메시지를 신고했어요`,
  why: "이유:",
  show: "메시지 보기",
  takeDown: "메시지 내리기",
  manage: (name) => `${name} 관리`,
};
