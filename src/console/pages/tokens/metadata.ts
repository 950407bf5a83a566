/** The texts kept with a token as lines of name=value. */
export function linesOf(metadata: Readonly<Record<string, string>>): string {
  return Object.entries(metadata)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')
}

/** Lines of name=value, empty ones left out; undefined where one has no name. */
export function metadataOf(text: string): Record<string, string> | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const pairs = lines.map((line): [string, string] => {
    const at = line.indexOf('=')
    return [line.slice(0, Math.max(at, 0)).trim(), line.slice(at + 1).trim()]
  })
  return pairs.every(([name]) => name !== '') ? Object.fromEntries(pairs) : undefined
}
