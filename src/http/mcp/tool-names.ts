import type { ToolListener } from '../../listeners/tool-cache.ts'

/** The longest name of a tool that the models of all vendors accept. They accept letters, digits, `_` and `-`. */
const NAME_CHARS_MAX = 64

/**
 * Names tools: each after the key of its listener, or else its name. If several would get the same name, the names of
 * all of them also contain the id, so that a name never moves from one listener to another. A key wins over names.
 * @returns the listeners by the names of their tools
 */
export function nameTools<T extends Pick<ToolListener, 'id' | 'key' | 'name'>>(
  listeners: readonly T[]
): Map<string, T> {
  const byKey = countOf(listeners.flatMap(({ key }) => key ?? []))
  const byName = countOf(listeners.flatMap(({ key, name }) => (key === null ? validName(name) : [])))
  return new Map(
    listeners.map((listener) => {
      const { id, key } = listener
      const name = key ?? validName(listener.name)
      const isOwn = key === null ? byName.get(name) === 1 && !byKey.has(name) : byKey.get(name) === 1
      return [isOwn && name !== '' ? name : withId(name, id), listener]
    })
  )
}

/** The name, reduced to the characters that models accept. */
function validName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, NAME_CHARS_MAX)
}

function withId(name: string, id: string): string {
  const end = id.slice(id.indexOf('_') + 1)
  return name === '' ? id : `${name.slice(0, NAME_CHARS_MAX - end.length - 1)}_${end}`
}

function countOf(values: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
