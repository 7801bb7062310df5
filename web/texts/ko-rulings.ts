/** 방을 돌보는 사람이 한 일을 대화 안에서 알리는 한국어. 이름에는 방향 표시가 붙어서 온다. */
import type { RulingTexts } from "./en-rulings.ts";
import { hoursText } from "./ko-hours.ts";
import { withNim } from "./nim.ts";

const until = (time: string) => time && `${time}까지 `;
const because = (reason: string) => reason && `: ${reason}`;

export const rulings: RulingTexts = {
  // "님"으로 끝나서 조사가 달라지지 않는다.
  nameless: (tag) => `표식 ${tag}인 손님`,
  // 뒤에 "님"이 붙는다.
  operator: (by) => `운영자 ${by}`,
  topic: (by, topic) =>
    topic ? `${withNim(by)}이 주제를 정했어요: ${topic}` : `${withNim(by)}이 주제를 없앴어요`,
  pin: (by) => `${withNim(by)}이 메시지를 고정했어요`,
  unpin: (by) => `${withNim(by)}이 메시지 고정을 풀었어요`,
  role: (by, whom) => [
    `${withNim(by)}이 ${withNim(whom)}의 역할을 거뒀어요`,
    `${withNim(by)}이 ${withNim(whom)}을 발언자로 정했어요`,
    `${withNim(by)}이 ${withNim(whom)}을 관리자로 정했어요`,
    `${withNim(by)}이 ${withNim(whom)}을 주인으로 정했어요`,
  ],
  gaveUp: (by) => `${withNim(by)}이 역할을 내려놓았어요`,
  slow: (by, seconds) =>
    seconds
      ? `${withNim(by)}이 천천히 이야기하기를 켰어요: ${seconds % 60 ? `${seconds}초` : `${seconds / 60}분`}`
      : `${withNim(by)}이 천천히 이야기하기를 껐어요`,
  speakers: (by, named) =>
    named ? `${withNim(by)}이 역할이 있는 사람만 쓰게 했어요` : `${withNim(by)}이 누구나 쓰게 했어요`,
  locked: (by, locked) =>
    locked ? `${withNim(by)}이 방을 잠갔어요: 새로 들어올 수 없어요` : `${withNim(by)}이 방을 다시 열었어요`,
  title: (by, title) =>
    title ? `${withNim(by)}이 제목을 정했어요: ${title}` : `${withNim(by)}이 제목을 없앴어요`,
  keeps: (by, hours) =>
    hours
      ? `${withNim(by)}이 메시지가 ${hoursText(hours)} 뒤에 사라지게 했어요`
      : `${withNim(by)}이 메시지를 서버가 두는 동안 남게 했어요`,
  kick: (by, whom, reason) => `${withNim(by)}이 ${withNim(whom)}을 내보냈어요${because(reason)}`,
  ban: (by, whom, reason, time) =>
    `${withNim(by)}이 ${withNim(whom)}을 ${until(time)}못 들어오게 했어요${because(reason)}`,
  mute: (by, whom, reason, time) =>
    `${withNim(by)}이 ${withNim(whom)}을 ${until(time)}말 못 하게 했어요${because(reason)}`,
  address: " (같은 주소에서 새로 들어오는 사람도)",
  unban: (by, whom, reason) =>
    `${withNim(by)}이 ${withNim(whom)}을 다시 들어올 수 있게 했어요${because(reason)}`,
  unmute: (by, whom, reason) =>
    `${withNim(by)}이 ${withNim(whom)}을 다시 말할 수 있게 했어요${because(reason)}`,
  sweep: (by, whom, reason, since) =>
    `${withNim(by)}이 ${withNim(whom)}이 ${since}부터 쓴 메시지를 모두 내렸어요${because(reason)}`,
};
