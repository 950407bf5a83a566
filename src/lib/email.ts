import { writtenInOneScript } from './scripts.ts'

export const EMAIL_MAX_CHARS = 254
/**
 * Text on both sides of one @. Colons are excluded, because they would end the user name of HTTP Basic (RFC 7617,
 * section 2).
 */
const SHAPE = /^[^\s@:\p{Cc}]+@[^\s@:\p{Cc}]+$/u
/** Characters that cannot be seen, or that change how others are shown (UAX #44, Default_Ignorable_Code_Point). */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u
/** The dotless i. Its capital letter is `I`, but it folds to itself (UCD, CaseFolding.txt). */
const DOTLESS_I = '\u0131'

/**
 * The form in which e-mails are compared and stored: trimmed, NFKC, case-folded. E-mails that look alike because they
 * differ only in width, form or case are the same account.
 * @example foldEmail(' Ａda@Example.COM ') // 'ada@example.com'
 */
export function foldEmail(text: string): string {
  // Character by character, because lower-casing a whole word would make a final sigma.
  const folded = Array.from(text.trim().normalize('NFKC'), (char) =>
    char === DOTLESS_I ? char : char.toUpperCase().toLowerCase()
  )
  return folded.join('').normalize('NFKC')
}

/**
 * What is wrong with the e-mail of a new account or invitation; undefined if nothing is. Two e-mails that pass look
 * different to a reader, unless they belong to the same account or are each written in a single script, of scripts that
 * look alike.
 */
export function emailFault(text: string): string | undefined {
  if (INVISIBLE.test(text.trim())) return 'contains characters that cannot be seen'
  const email = foldEmail(text)
  if (email.length > EMAIL_MAX_CHARS) return `must have at most ${EMAIL_MAX_CHARS} characters`
  if (!SHAPE.test(email)) return 'is not an e-mail address'
  const [local = '', domain = ''] = email.split('@')
  return [local, ...domain.split('.')].every(writtenInOneScript) ? undefined : 'mixes letters of several scripts'
}
