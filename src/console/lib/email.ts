/** Whether a text looks like an e-mail address. The server decides whether it is valid. */
export function isEmail(text: string): boolean {
  return /^[^\s@:]+@[^\s@:]+$/.test(text.trim())
}
