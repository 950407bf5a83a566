import { connect, type Server, type Socket } from 'node:net'

/** If the probe connection is made and not seen within this time, another process on the port has accepted it. */
const GIVE_UP_MS = 200
/** A busy kernel needs longer than that to make a connection. */
const CONNECT_MS = 5_000
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/**
 * Calls `done` synchronously, as soon as every connection that was made before this call is accepted. Closing a server
 * resets the connections that wait to be accepted, and a proxy may not repeat a POST that it has sent on one.
 * Connections are accepted in order, so the server connects to itself: once that connection is accepted, so are the
 * earlier ones.
 */
export function acceptBacklog(server: Server, done: () => void): void {
  const address = server.address()
  if (!server.listening || address === null || typeof address === 'string') return done()
  const own = connect(address.port, LOOPBACK[address.address] ?? address.address)
  let hasEnded = false
  function finish(): void {
    if (hasEnded) return
    hasEnded = true
    clearTimeout(late)
    server.off('connection', onConnection)
    own.destroy()
    done()
  }
  function onConnection({ remotePort }: Socket): void {
    if (remotePort === own.localPort) finish()
  }
  // If this process stood still, the timer is due before the connections are read, which are read by the next turn.
  const giveUpAfter = (ms: number): NodeJS.Timeout => setTimeout(() => setImmediate(finish), ms)
  let late = giveUpAfter(CONNECT_MS)
  own.on('connect', () => {
    clearTimeout(late)
    late = giveUpAfter(GIVE_UP_MS)
  })
  own.on('error', finish)
  server.on('connection', onConnection)
}
