import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'

// Sends GET /healthz, one request after the other, from one message of its parent to the next. It is a separate
// process, so that the load of the script does not distort the times.

const EVERY_MS = 5

let probing: Promise<number[]> | undefined
let going = false

async function probe(url: string): Promise<number[]> {
  const times: number[] = []
  while (going) {
    const startedAt = performance.now()
    const { statusCode, body } = await request(`${url}/healthz`)
    await body.dump()
    if (statusCode !== 200) throw new Error(`/healthz answered ${statusCode}`)
    times.push(performance.now() - startedAt)
    await pause(EVERY_MS)
  }
  return times
}

process.on('message', (message: { probe: string } | 'stop') => {
  if (message === 'stop') {
    going = false
    void probing?.then((times) => process.send?.(times))
  } else {
    going = true
    probing = probe(message.probe)
  }
})
process.send?.('ready')
