/** Texts that are typed one per line, or separated by commas. */
export function linesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

/** The fault of the first entry that is not the origin of a page; undefined if there is none. */
export function originsFault(origins: string): string | undefined {
  const wrong = linesOf(origins).find((origin) => !isOrigin(origin))
  return wrong === undefined ? undefined : `${wrong} is no origin such as https://orders.example.com.`
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}
