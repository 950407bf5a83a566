/** What a file of another tool became. */
export interface Imported {
  document: Record<string, unknown>
  /** What could not be translated, or needs a look: one sentence each. */
  notes: string[]
}

/** A name that a flow or a step can have. */
export function plainName(name: string, fallback: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '')
  return plain === '' ? fallback : plain
}

export function header(name: string): Record<string, unknown> {
  return { dsl: '1.0.3', namespace: 'default', name: plainName(name, 'imported').toLowerCase(), version: '1.0.0' }
}

/** Names that are all different, as steps of one list must have them. */
export function createNames(): (name: string, fallback: string) => string {
  const taken = new Set<string>()
  return (name, fallback) => {
    const plain = plainName(name, fallback)
    let free = plain
    for (let number = 2; taken.has(free); number++) free = `${plain}-${number}`
    taken.add(free)
    return free
  }
}
