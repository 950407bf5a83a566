import { createServer, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

// A hostile upstream: `node scripts/chaos/hostile/upstream.ts PORT`.

const CHUNK = Buffer.alloc(256 * 1024, 'x')
const BOMB_BYTES = 512 * 1024 * 1024
/** Members of a gzip stream may follow each other (RFC 1952, section 2.2): one small one, many times over. */
const BOMB_MEMBER = gzipSync(Buffer.alloc(16 * 1024 * 1024, ' '), { level: 9 })

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://upstream.invalid')
  response.on('error', () => {})
  if (pathname === '/huge')
    return pour(response.writeHead(200, { 'Content-Type': 'application/json' }), CHUNK, Infinity)
  if (pathname === '/bomb')
    return pour(
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }),
      BOMB_MEMBER,
      BOMB_BYTES / (16 * 1024 * 1024)
    )
  if (pathname === '/loop')
    return void response.writeHead(302, { Location: `/loop?n=${Number(searchParams.get('n') ?? 0) + 1}` }).end()
  response.writeHead(404).end()
}).listen(Number(process.argv[2]), '127.0.0.1', () => process.send?.('ready'))

/** Sends as much as the other side accepts, as fast as it accepts it. */
function pour(response: ServerResponse, chunk: Buffer, times: number): void {
  let left = times
  const more = (): void => {
    while (left-- > 0 && !response.destroyed) if (!response.write(chunk)) return void response.once('drain', more)
    if (!response.destroyed) response.end()
  }
  more()
}
