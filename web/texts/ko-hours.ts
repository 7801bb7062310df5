/** 시간의 길이를 말하는 한국어. */
export function hoursText(hours: number): string {
  if (hours % 24) return `${hours}시간`;
  return hours === 24 ? "하루" : hours === 168 ? "일주일" : `${hours / 24}일`;
}
