// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/

/** What is told of a URL with one. */
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

/** A URL as it is stored: as the parser writes it. Null for none. @throws TypeError for a text that is no URL */
export function storedHref(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : new URL(text).href
}
