import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// The gateway as it is, in a process that can be asked to free what it can and to say what is left.

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
