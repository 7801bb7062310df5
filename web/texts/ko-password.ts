/** 방의 비밀번호에 대한 한국어: 들어갈 때, 방을 만들 때, 방을 돌볼 때 보인다. */
import type { PasswordTexts } from "./en-password.ts";

export const password: PasswordTexts = {
  label: "비밀번호",
  show: "비밀번호 보기",
  needed: "비밀번호가 있는 방이에요. 방에 있는 사람에게 물어보세요.",
  wrong: "비밀번호가 맞지 않아요. 그사이 바뀌었을 수도 있어요.",
  checking: "확인하고 있어요. 여러 번 틀렸다면 조금 걸려요.",
  empty: "비밀번호를 적어 주세요.",
  tooLong: "비밀번호가 너무 길어요.",
  bad: "비밀번호에 쓸 수 없는 문자가 있어요.",
  choice: "비밀번호를 아는 사람만",
  choiceWhat: "목록에 없고, 들어올 때 비밀번호를 물어봐요.",
  make: "방 비밀번호",
  none: "이 방에는 비밀번호가 없어요.",
  some: "이 방에는 비밀번호가 있어요. 역할이 있는 사람은 그냥 들어와요.",
  new: "새 비밀번호",
  stays: "지금 방에 있는 사람은 그대로 있어요.",
  set: "비밀번호 정하기",
  remove: "비밀번호 없애기",
  isSet: "비밀번호를 정했어요.",
  isGone: "비밀번호를 없앴어요.",
};
