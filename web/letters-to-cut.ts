/** About how many letters a text of so many bytes has to lose, so that `most` are left. */
export const lettersToCut = (text: string, bytes: number, most: number): number =>
  Math.ceil(((bytes - most) * [...text].length) / bytes);
