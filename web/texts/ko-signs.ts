/** 이모지를 고르는 화면의 한국어. */
import type { SignTexts } from "./en-signs.ts";

export const signs: SignTexts = {
  signs: "이모지",
  ownSign: "아무 이모지나",
  put: "남기기",
  noSign: "이모지만 남길 수 있어요.",
  groups: ["얼굴", "손과 사람", "자연", "음식", "물건", "기호"],
};
