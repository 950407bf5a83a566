/** The array is copied once the gap at its start has this size. */
const GAP = 1_024

/** A queue with a limit of items and of their size. Beyond it the oldest ones are dropped, each in constant time. */
export interface BoundedQueue<T> {
  /** Adds an item as the newest. Passes dropped items to `onDrop`. */
  push(item: T): void
  /** Removes and returns the oldest items, at most `count`. */
  take(count: number): T[]
  /** Puts taken items back as the oldest ones. */
  putBack(items: readonly T[]): void
  readonly length: number
}

export interface BoundedQueueOptions<T> {
  maxItems: number
  maxSize: number
  sizeOf(item: T): number
  onDrop(item: T): void
}

/** Creates an empty queue. `sizeOf` must always return the same size for an item. */
export function createBoundedQueue<T>({ maxItems, maxSize, sizeOf, onDrop }: BoundedQueueOptions<T>): BoundedQueue<T> {
  let items: (T | undefined)[] = []
  /**
   * The index of the oldest item; earlier places are empty. Removing from the start of an array would cost as much as
   * the array is long.
   */
  let first = 0
  let size = 0

  function shift(): T {
    const item = items[first] as T
    items[first++] = undefined
    size -= sizeOf(item)
    if (first >= GAP && first * 2 >= items.length) {
      items = items.slice(first)
      first = 0
    }
    return item
  }

  function trim(): void {
    while (items.length - first > maxItems || size > maxSize) onDrop(shift())
  }

  return {
    push(item) {
      items.push(item)
      size += sizeOf(item)
      trim()
    },
    take(count) {
      const taken: T[] = []
      while (taken.length < count && items.length > first) taken.push(shift())
      return taken
    },
    putBack(taken) {
      items = [...taken, ...items.slice(first)]
      first = 0
      for (const item of taken) size += sizeOf(item)
      trim()
    },
    get length() {
      return items.length - first
    }
  }
}
