/** The flow from a file of another tool. */
export interface Imported {
  document: Record<string, unknown>
  /** One sentence for each part that could not be translated or should be checked. */
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

/** The `document` member of an imported flow. */
export function header(name: string): Record<string, unknown> {
  return { dsl: '1.0.3', namespace: 'default', name: plainName(name, 'imported').toLowerCase(), version: '1.0.0' }
}

/** Creates unique names, as the steps of one list need. */
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
