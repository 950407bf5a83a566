/** Where the gateway has not said it yet. */
export const PASSWORD_MIN = 8
const PASSWORD_MAX = 256

/**
 * What is wrong with the length of a new password; undefined where nothing is. Whether it is a common one, the server
 * says.
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

/** Characters as people count them. */
function lengthOf(text: string): number {
  return [...text].length
}
