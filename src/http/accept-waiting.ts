import { connect, type Server, type Socket } from 'node:net'

/** A connection that is not seen within this time went to another process on the port. */
const GIVE_UP_MS = 200
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/**
 * Calls `done` when every connection that was made before is accepted, in that very moment. Closing a server resets
 * what waits to be accepted, and a proxy may not repeat a POST that it has sent there. Connections are accepted in
 * their order, so one of our own tells that those before it are.
 */
export function acceptWaiting(server: Server, done: () => void): void {
  const address = server.address()
  if (!server.listening || address === null || typeof address === 'string') return done()
  const own = connect(address.port, LOOPBACK[address.address] ?? address.address)
  let isOver = false
  function finish(): void {
    if (isOver) return
    isOver = true
    clearTimeout(late)
    server.off('connection', onConnection)
    own.destroy()
    done()
  }
  function onConnection({ remotePort }: Socket): void {
    if (remotePort === own.localPort) finish()
  }
  const late = setTimeout(finish, GIVE_UP_MS)
  own.on('error', finish)
  server.on('connection', onConnection)
}
