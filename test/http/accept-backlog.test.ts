import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { acceptBacklog } from '../../src/http/accept-backlog.ts'
import { standStill } from '../fixtures/stand-still.ts'

t.test('connections that were made before are accepted before the server closes', async (t) => {
  for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.end('answer')
    })
    server.listen(0, host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const clients = Array.from({ length: 50 }, () => connect(port, '127.0.0.1'))
    const answers = clients.map(async (client) => {
      let text = ''
      for await (const chunk of client) text += String(chunk)
      return text
    })
    acceptBacklog(server, () => server.close())
    t.same(new Set(await Promise.all(answers)), new Set(['answer']), host)
    await once(server, 'close')
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
