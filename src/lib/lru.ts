import { LRUCache } from 'lru-cache'

/**
 * A cache of up to `max` entries, which evicts the one that was unused for longest. It takes memory as it fills: a
 * cache with the option `max` reserves that of all entries at once, and a gateway has more than twenty caches.
 *
 * @example
 * const windows = createLru<Window>(100_000)
 */
export function createLru<T extends {}>(max: number): LRUCache<string, T> {
  return new LRUCache<string, T>({ maxSize: max, sizeCalculation: () => 1 })
}
