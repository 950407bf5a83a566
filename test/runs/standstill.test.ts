import { once } from 'node:events'
import { connect, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createStandstillWatch } from '../../src/runs/standstill.ts'
import { standStill } from '../fixtures/stand-still.ts'

t.test('after a standstill no effect begins before everything that arrived meanwhile was read', async (t) => {
  const standstill = createStandstillWatch({ pausedMs: 40, tickMs: 5 })
  t.teardown(() => standstill.close())
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  let isClosed = false
  const server = createServer((request) => {
    request.once('close', () => {
      isClosed = true
    })
    resolve()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  client.request({ ':method': 'POST' }).on('error', () => {})
  await asked
  await standstill.caughtUp()
  t.equal(standstill.isCaughtUp(), true)
  client.destroy()
  standStill(80)
  t.same([standstill.isCaughtUp(), isClosed], [false, false])
  await standstill.caughtUp()
  t.same([standstill.isCaughtUp(), isClosed], [true, true])
})
