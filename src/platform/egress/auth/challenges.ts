/** One challenge of a `WWW-Authenticate` header. */
export interface Challenge {
  /** Lower-case. */
  scheme: string
  /** Names in lower case, values without quotes and escapes. */
  parameters: ReadonlyMap<string, string>
}

/** Longer than any real header. It bounds the cost of a hostile one. */
const MAX_HEADER_CHARS = 16 * 1024

const SCHEME = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const PARAMETER = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]+))/y
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y
const SEPARATOR = /[ \t]*(?:,[ \t]*)+/y
const SPACE = /[ \t]+/y

/**
 * Parses the header by the grammar of RFC 9110, section 11.6.1; several headers are passed joined with commas. Returns
 * undefined if any part does not match the grammar, or if a challenge repeats a parameter: a partly parsed challenge
 * could be weaker than the server intended.
 */
export function parseChallenges(header: string): readonly Challenge[] | undefined {
  if (header.length > MAX_HEADER_CHARS) return undefined
  const challenges: Challenge[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    const match = pattern.exec(header) ?? undefined
    if (match !== undefined) at = pattern.lastIndex
    return match
  }

  take(SPACE)
  take(SEPARATOR)
  while (at < header.length) {
    const scheme = take(SCHEME)?.[0]
    if (scheme === undefined) return undefined
    const parameters = new Map<string, string>()
    challenges.push({ scheme: scheme.toLowerCase(), parameters })
    // After the scheme: nothing, a token68, or parameters. A comma may lead to a parameter or to the next challenge.
    if (take(SPACE) !== undefined && readParameter() === 'none') take(TOKEN68)
    let separated = false
    while (!separated && take(SEPARATOR) !== undefined) {
      const read = readParameter()
      if (read === 'twice') return undefined
      separated = read === 'none'
    }
    take(SPACE)
    if (at < header.length && !separated) return undefined

    function readParameter(): 'one' | 'none' | 'twice' {
      const match = take(PARAMETER)
      if (match === undefined) return 'none'
      const [, name = '', quoted, token] = match
      const key = name.toLowerCase()
      if (parameters.has(key)) return 'twice'
      parameters.set(key, quoted === undefined ? (token ?? '') : quoted.replaceAll(/\\(.)/g, '$1'))
      return 'one'
    }
  }
  return challenges
}
