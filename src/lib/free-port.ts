import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that systems give to outgoing connections, which take them at any time. */
const LOWEST = 20_000
const HIGHEST = 32_767
const ATTEMPTS = 20

/**
 * Finds a port of the host that no process listens on. Another process may take it before it is used; an outgoing
 * connection does not.
 */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, HIGHEST + 1)
    try {
      await refusePortInUse(host, port)
      return port
    } catch (error) {
      // Windows reserves ranges, and says so in this way.
      if (!['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  throw new Error(`${ATTEMPTS} ports of ${host} from ${LOWEST} to ${HIGHEST} were tried, and all are in use`)
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
