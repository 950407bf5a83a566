/** The page that was requested before the sign-in. Only a path of the console is accepted. */
export function pageAfterSignIn(next: string | undefined): string {
  if (!next?.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/'
  const { origin, pathname, search } = new URL(next, location.origin)
  return origin === location.origin ? pathname + search : '/'
}
