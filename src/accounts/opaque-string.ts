/**
 * The form of a password that is hashed (RFC 8265, section 4.2, OpaqueString). Keyboards that send different code
 * points for the same text give the same password. Letter case and width stay as they are.
 */
export function opaqueString(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC')
}
