/** 메시지를 신고할 때 보이는 한국어. */
import type { ReportTexts } from "./en-report.ts";

export const report: ReportTexts = {
  title: "이 메시지를 신고할까요?",
  what: "이 방을 돌보는 사람에게 메시지와 신고한 사람이 보여요.",
  whatServer: "서버 운영자에게 메시지와 신고한 사람이 보여요.",
  reason: "이유 (안 적어도 돼요)",
  send: "신고하기",
  sent: "신고했어요. 방을 돌보는 사람이 볼 거예요.",
  sentServer: "신고했어요. 서버 운영자가 볼 거예요.",
  tooFast: (minutes) => `지금은 신고가 너무 많아요. ${minutes}분 뒤에 다시 해 주세요.`,
};
