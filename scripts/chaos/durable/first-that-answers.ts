import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

/**
 * A TCP load balancer on loopback: each connection goes to the first of these ports that accepts it, starting at a
 * random one.
 * @returns its address, and a function that stops it
 */
export async function firstThatAnswers(ports: readonly number[]): Promise<{ url: string; close(): void }> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((client) => {
    keep(client)
    client.on('error', () => {})
    const first = Math.floor(Math.random() * ports.length)
    const dial = (tried: number): void => {
      const port = ports[(first + tried) % ports.length]
      if (tried === ports.length || port === undefined) return void client.destroy()
      const node = connect(port, '127.0.0.1')
      keep(node)
      node.once('error', () => dial(tried + 1))
      node.once('connect', () => {
        node.removeAllListeners('error')
        node.on('error', () => client.destroy())
        node.on('close', () => client.destroy())
        client.on('close', () => node.destroy())
        client.pipe(node).pipe(client)
      })
    }
    dial(0)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    }
  }
}
