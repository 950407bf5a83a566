import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { createEgress, type Egress } from '../../../src/platform/egress/index.ts'

/** What an upstream does with a request on a connection. */
type Reply = (socket: Socket) => void

const answers: Reply = (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
const ends: Reply = (socket) => void socket.end()
const resets: Reply = (socket) => void socket.resetAndDestroy()
const begins: Reply = (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-le')

interface Place {
  egress: Egress
  url: string
  /** The bodies that came, each with the number of its connection. */
  received: string[]
}

/** An upstream that does with each request what `script` says, in the order in which they come. */
async function place(t: Test, script: readonly Reply[]): Promise<Place> {
  const received: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const connection = sockets.size
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      const [head = '', body = ''] = chunk.toString().split('\r\n\r\n')
      received.push(`${connection} ${head.split(' ')[0]} ${body}`.trim())
      script[received.length - 1]?.(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const egress = createEgress({ allow: ['127.0.0.1'], limits: { connectionsPerOrigin: 1 } })
  t.teardown(async () => {
    await egress.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { egress, url: `http://127.0.0.1:${address.port}/`, received }
}

const post = ({ egress, url }: Place, body: string, mayRepeat?: () => boolean): Promise<number> =>
  egress.request({ method: 'POST', url, body, mayRepeat }).then(({ status }) => status)
const yes = (): boolean => true
const closed = { code: 'connect', message: /closed the connection before its answer was complete/ }

for (const [how, hangUp] of [
  ['closed', ends],
  ['reset', resets]
] as const) {
  t.test(`a POST that may be repeated goes on when its kept connection is ${how} unanswered`, async (t) => {
    const at = await place(t, [answers, hangUp, answers])
    t.equal(await post(at, 'a', yes), 200)
    t.equal(await post(at, 'b', yes), 200)
    t.same(at.received, ['1 POST a', '1 POST b', '2 POST b'])
    t.equal(at.egress.stats().retries, 1)
  })

  t.test(`a POST that may not be repeated fails when its kept connection is ${how} unanswered`, async (t) => {
    const at = await place(t, [answers, hangUp, hangUp, answers])
    t.equal(await post(at, 'a'), 200)
    await t.rejects(post(at, 'b'), closed)
    t.same(at.received, ['1 POST a', '1 POST b'])
    await t.rejects(
      post(at, 'c', () => false),
      closed
    )
    t.same(at.received.slice(2), ['2 POST c'])
    t.equal(at.egress.stats().retries, 0)
  })
}

t.test('a new connection that is closed unanswered was not stale: the POST may have been served', async (t) => {
  const at = await place(t, [ends, answers])
  await t.rejects(post(at, 'a', yes), closed)
  t.same(at.received, ['1 POST a'])
})

t.test('it is repeated once', async (t) => {
  const at = await place(t, [answers, ends, ends, answers])
  t.equal(await post(at, 'a', yes), 200)
  await t.rejects(post(at, 'b', yes), closed)
  t.same(at.received, ['1 POST a', '1 POST b', '2 POST b'])
})

t.test('a POST is not repeated once a byte of its answer came', async (t) => {
  const at = await place(t, [answers, begins, answers])
  t.equal(await post(at, 'a', yes), 200)
  await t.rejects(post(at, 'b', yes), { code: 'connect' })
  t.same(at.received, ['1 POST a', '1 POST b'])
})

t.test('the connection that replaces a closed one is a new one', async (t) => {
  const at = await place(t, [answers, ends, ends, answers])
  t.equal(await post(at, 'a', yes), 200)
  await t.rejects(post(at, 'b'), closed)
  await t.rejects(post(at, 'c', yes), closed)
  t.same(at.received, ['1 POST a', '1 POST b', '2 POST c'])
})

t.test('what may not be sent any more is not sent again', async (t) => {
  const at = await place(t, [answers, ends, answers])
  t.equal(await post(at, 'a', yes), 200)
  let sent = 0
  const request = { method: 'POST', url: at.url, body: 'b', mayRepeat: yes, maySend: () => sent++ === 0 }
  await t.rejects(at.egress.request(request), { code: 'withheld' })
  t.same(at.received, ['1 POST a', '1 POST b'])
})
