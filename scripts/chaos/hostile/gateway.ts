import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// The unchanged gateway, in a process that can be asked to free memory and to report what is left.

export interface Memory {
  rss: number
  heapUsed: number
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
process.on('message', (message) => {
  if (message !== 'memory') return
  collect()
  const { rss, heapUsed } = process.memoryUsage()
  process.send?.({ rss, heapUsed } satisfies Memory)
})
await import('../../../src/main.ts')
