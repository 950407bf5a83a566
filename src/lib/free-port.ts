import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that systems use for outgoing connections, which could take a port at any time. */
const RANGE = { lowest: 20_000, highest: 32_767 }
const ATTEMPTS = 20

/**
 * Finds a port of the host that no process listens on. Another process may take it before it is used; an outgoing
 * connection will not.
 */
export async function freePort(host = '127.0.0.1', { lowest, highest } = RANGE): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(lowest, highest + 1)
    try {
      await refusePortInUse(host, port)
      return port
    } catch (error) {
      // On Windows, EACCES means that the port is in a reserved range.
      if (!['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  throw new Error(`${ATTEMPTS} ports of ${host} from ${lowest} to ${highest} were tried, and all are in use`)
}

/**
 * Checks that no process listens on a port. Processes that share a port with `SO_REUSEPORT` would otherwise join
 * another program that does the same.
 * @throws the error of listening, such as `EADDRINUSE`
 */
export async function refusePortInUse(host: string, port: number): Promise<void> {
  const server = createServer()
  server.listen(port, host)
  await once(server, 'listening')
  await new Promise((closed) => server.close(closed))
}
