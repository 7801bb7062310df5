/** 방을 만들 때 보이는 한국어. */
import type { MakingTexts } from "./en-making.ts";

export const making: MakingTexts = {
  what: "내가 만든 방은 내가 주인이 되어 돌봐요. 이름만 적고 들어간 방에는 주인이 없어요.",
  whoFinds: "누가 찾을 수 있나요?",
  listed: "누구나",
  listedWhat: "방 목록에 보여요.",
  unlisted: "링크가 있는 사람만",
  unlistedWhat: "목록에 없고, 링크를 짐작할 수 없어요.",
  make: "만들기",
};
