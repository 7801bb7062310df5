/** 방 안에서 보이는 한국어. 그리는 데 없어도 되는 말은 ko-later.ts에 있다. */
import type { RoomTexts } from "./en-room.ts";

export const room: RoomTexts = {
  messages: "대화",
  message: "메시지",
  send: "보내기",
  showPeople: (n) => `참여자 ${n}명 보기`,
  leave: "나가기",
  invite: "초대하기",
  roomMenu: "방 메뉴",
  unreadLine: "여기까지 읽었어요",
};
