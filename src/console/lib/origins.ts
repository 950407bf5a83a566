/** Texts that are typed one a line, or with commas between them. */
export function linesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

/** What is wrong with the first that is no origin of a page; undefined where all are. */
export function originsFault(origins: string): string | undefined {
  const wrong = linesOf(origins).find((origin) => !isOrigin(origin))
  return wrong === undefined ? undefined : `${wrong} is no origin such as https://orders.example.com.`
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}
