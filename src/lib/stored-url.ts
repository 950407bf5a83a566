// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/

/** The message for a URL with a control character. */
export const CONTROL_CHARACTER = 'must not contain control characters'

/**
 * Whether a text has a control character. The URL parser drops some and encodes others, so that two readers of the text
 * could see two URLs.
 */
export function hasControlCharacter(text: string): boolean {
  return CONTROL.test(text)
}

/** Whether a text may be stored as an http(s) URL. */
export function isStorableUrl(text: string): boolean {
  return !hasControlCharacter(text) && /^https?:$/.test(URL.parse(text)?.protocol ?? '')
}

/**
 * The form in which a URL is stored, as the URL parser writes it; null for none.
 * @throws TypeError for a text that is not a URL
 */
export function storedHref(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : new URL(text).href
}
