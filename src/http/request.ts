/** The path of a request as it came, without the query. */
export function pathOf({ url }: { url: string }): string {
  const search = url.indexOf('?')
  return search < 0 ? url : url.slice(0, search)
}

/** The query of a request as it came, credentials included; undefined where its URL has none. */
export function queryOf({ url }: { url: string }): URLSearchParams | undefined {
  const search = url.indexOf('?')
  return search < 0 ? undefined : new URLSearchParams(url.slice(search + 1))
}
