/** 쓸 수 없는 이름에 대한 한국어. */
import type { NameProblems } from "./en-names.ts";

export const problems: NameProblems = {
  empty: "보이는 글자가 없어요.",
  tooLong: (letters) => `${letters.toLocaleString("ko")}자 줄여 주세요.`,
  signs: (signs) => `여기에 쓸 수 없는 문자가 있어요: ${signs}`,
  hidden: (code) => `보이지 않는 문자가 들어 있어요 (${code}).`,
  marks: "글자에 붙은 부호가 너무 많거나, 붙을 글자가 없어요.",
  dots: "점만으로는 방 이름을 지을 수 없어요.",
};
