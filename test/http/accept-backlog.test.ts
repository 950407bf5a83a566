import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { acceptBacklog } from '../../src/http/accept-backlog.ts'
import { standStill } from '../fixtures/stand-still.ts'

/**
 * Makes connections from another thread. When it returns, the kernel has made them and this thread has accepted none.
 * Resolves to what each of them received, or to the code of its error.
 */
function connectMeanwhile(port: number, count: number): Promise<string[]> {
  const made = new Int32Array(new SharedArrayBuffer(4))
  const thread = new Worker(new URL('../fixtures/connecting-thread.ts', import.meta.url), {
    workerData: { port, count, made },
    execArgv: []
  })
  for (let seen = 0; seen < count; seen = Atomics.load(made, 0))
    if (Atomics.wait(made, 0, seen, 60_000) === 'timed-out') throw new Error(`only ${seen} connections were made`)
  return once(thread, 'message').then(([received]) => received)
}

t.test('connections that were made before are accepted before the server closes', async (t) => {
  for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.end('answer')
    })
    server.listen(0, host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const received = connectMeanwhile(port, 50)
    const closed = once(server, 'close')
    acceptBacklog(server, () => server.close())
    t.same(await received, Array(50).fill('answer'), host)
    await closed
  }
})

t.test('they are accepted too if the process stands still meanwhile', async (t) => {
  const server = createServer((socket) => socket.on('error', () => {}).end('answer'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect(port, '127.0.0.1')
  const answer = text(client)
  await new Promise<void>((resolve) => process.nextTick(resolve))
  acceptBacklog(server, () => server.close())
  await new Promise<void>((resolve) => process.nextTick(resolve))
  standStill(400)
  t.equal(await answer, 'answer')
  await once(server, 'close')
})

t.test('a server that does not listen waits for nothing', (t) => {
  acceptBacklog(createServer(), () => t.end())
})
