/** The page that was asked for before the sign-in: a path of the console, and nothing else. */
export function pageAfterSignIn(next: string | undefined): string {
  if (!next?.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/'
  const { origin, pathname, search } = new URL(next, location.origin)
  return origin === location.origin ? pathname + search : '/'
}
