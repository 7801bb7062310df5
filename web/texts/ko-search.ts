/** 방이 많을 때 보이는 한국어. */
import type { SearchTexts } from "./en-search.ts";

export const search: SearchTexts = {
  search: "방 찾기",
  none: "그런 방은 아직 없어요. 위에서 열 수 있어요.",
  more: "방 더 보기",
  tooMany: "방이 더 있어요. 위에 이름을 적으면 들어갈 수 있어요.",
};
