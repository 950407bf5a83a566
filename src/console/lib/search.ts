/** The query of a page: plain texts that people can read and write. */
export type Search = Record<string, string | undefined>

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

/** Members that are undefined or empty are left out: `?q=` is no filter. */
export function textOfSearch(search: Search): string {
  const kept = Object.entries(search).filter((entry): entry is [string, string] => Boolean(entry[1]))
  if (kept.length === 0) return ''
  // Slashes are allowed in a query and read better as they are.
  return `?${new URLSearchParams(kept).toString().replaceAll('%2F', '/')}`
}
