export interface BannerFacts {
  url: string
  /** Known only at the first start with an empty embedded database. */
  admin?: { email: string; password: string }
  /** A page that signs the admin in, once. */
  signInUrl?: string | undefined
  listenerId?: string
}

/** The text that `npm start` prints: the URL, who may sign in, and lines that can be pasted into a terminal. */
export function banner({ url, admin, signInUrl, listenerId }: BannerFacts): string {
  const lines = [`Sluice is ready at ${url}   (API: ${url}/docs)`]
  if (admin) {
    lines.push('', `Admin, shown this once:  ${admin.email}  ${admin.password}`)
    if (signInUrl) lines.push('', `Open the console, signed in (once, within 10 minutes):  ${signInUrl}`)
    if (listenerId) lines.push('', ...demoLines(url, admin, listenerId))
  }
  return `\n${lines.join('\n')}\n\n`
}

/**
 * Commands that make a token, call the listener by header, by query and by Basic, and revoke the token. Each line is a
 * whole command.
 */
export function demoLines(url: string, admin: { email: string; password: string }, listenerId: string): string[] {
  const listener = `${url}/v1/dynamic/listener/${listenerId}?sku=A-100`
  return [
    '# Try it: paste these lines into a terminal.',
    `ME='${admin.email}:${admin.password}'`,
    `CREATED=$(curl -s -u "$ME" -H 'Content-Type: application/json' ` +
      `-d '{"name":"first","days":30,"password":"${admin.password}"}' ${url}/v1/tokens)`,
    `TOKEN=$(echo "$CREATED" | sed 's/.*"token":"\\([^"]*\\)".*/\\1/'); ` +
      `ID=$(echo "$CREATED" | sed 's/.*"id":"\\(tok_[^"]*\\)".*/\\1/')`,
    `curl -s -H "Authorization: Bearer $TOKEN" '${listener}'; echo`,
    `curl -s "${listener}&access_token=$TOKEN"; echo`,
    `curl -s -u "$ME" '${listener}&quantity=20'; echo`,
    `curl -s -u "$ME" -X DELETE ${url}/v1/tokens/$ID; curl -s -H "Authorization: Bearer $TOKEN" '${listener}'; echo`
  ]
}
