import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { freePort, refusePortInUse } from '../../src/lib/free-port.ts'

t.test('a free port can be listened on, and is none that an outgoing connection gets', async (t) => {
  for (let n = 0; n < 20; n++) {
    const port = await freePort()
    t.ok(port >= 20_000 && port <= 32_767, String(port))
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    await t.rejects(refusePortInUse('127.0.0.1', port), { code: 'EADDRINUSE' })
    await new Promise((closed) => server.close(closed))
  }
})

t.test('a host that is not of this machine is an error', async (t) => {
  await t.rejects(freePort('192.0.2.1'), { code: 'EADDRNOTAVAIL' })
})
