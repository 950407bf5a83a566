/** The metadata of a token as lines of name=value. */
export function linesOf(metadata: Readonly<Record<string, string>>): string {
  return Object.entries(metadata)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')
}

/** Parses lines of name=value, without empty ones; undefined if a line has no name. */
export function metadataOf(text: string): Record<string, string> | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const pairs = lines.map((line): [string, string] => {
    const at = line.indexOf('=')
    return [line.slice(0, Math.max(at, 0)).trim(), line.slice(at + 1).trim()]
  })
  return pairs.every(([name]) => name !== '') ? Object.fromEntries(pairs) : undefined
}
