/** 부를 사람을 고를 때 보이는 한국어. */
import type { WhomTexts } from "./en-whom.ts";

export const whom: WhomTexts = {
  whom: "부를 사람",
  found: (n) => `부를 수 있는 사람 ${n.toLocaleString("ko")}명. 화살표 키로 골라 주세요.`,
  everybody: "모두",
  everybodyHere: "방에 있는 사람 전부",
};
