import { LRUCache } from 'lru-cache'

/**
 * Creates a cache of up to `max` entries, which evicts the least recently used one. It takes memory as it fills. (With
 * the option `max` of the library, it would reserve memory for all entries at once, and a gateway has more than twenty
 * caches.)
 *
 * @example
 * const windows = createLru<Window>(100_000)
 */
export function createLru<T extends {}>(max: number): LRUCache<string, T> {
  return new LRUCache<string, T>({ maxSize: max, sizeCalculation: () => 1 })
}
