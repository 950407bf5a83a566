/** Text for LIKE that stands for itself: `%` and `_` are found as they are written. */
export function literalLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
