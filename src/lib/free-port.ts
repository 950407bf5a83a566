import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** Finds a port of the host that no process listens on. Another process may take it before it is used. */
export function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, host, () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

/**
 * Makes sure that nobody listens on a port. Processes that share a port by `SO_REUSEPORT` would join a stranger who
 * does the same.
 * @throws the error of listening, such as `EADDRINUSE`
 */
export async function refusePortInUse(host: string, port: number): Promise<void> {
  const server = createServer()
  server.listen(port, host)
  await once(server, 'listening')
  await new Promise((closed) => server.close(closed))
}
