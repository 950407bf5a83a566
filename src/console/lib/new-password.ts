/** The shortest length, until the gateway has told its own. */
export const PASSWORD_MIN = 8
const PASSWORD_MAX = 256

/**
 * The fault in the length of a new password; undefined if there is none. The server decides whether it is a common one.
 */
export function passwordFault(password: string, min: number): string | undefined {
  const length = lengthOf(password)
  if (length < min) return `At least ${min} characters.`
  return length > PASSWORD_MAX ? `At most ${PASSWORD_MAX} characters.` : undefined
}

/** The rules, and how many characters are missing while it is typed. */
export function passwordHint(password: string, min: number): string {
  const length = lengthOf(password)
  const missing = length > 0 && length < min ? ` ${min - length} more.` : ''
  return `${min} to ${PASSWORD_MAX} characters, and not a common one.${missing}`
}

/** The number of characters as people count them. */
function lengthOf(text: string): number {
  return [...text].length
}
