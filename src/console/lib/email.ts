/** Whether a text can be an e-mail address. What it is worth, the server says. */
export function isEmail(text: string): boolean {
  return /^[^\s@:]+@[^\s@:]+$/.test(text.trim())
}
