import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

t.test(
  '503 while it stops, as a problem document: what began is answered, what comes on the same connection is not begun',
  async (t) => {
    const { url, close } = await startSluice(t)
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let answered = ''
    socket.on('data', (chunk) => {
      answered += String(chunk)
    })
    const body = '{"email":"nobody@example.com"}'
    // Its body is missing still: it is under way.
    socket.write(
      'POST /v1/sessions HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${body.length}\r\n\r\n`
    )
    await once(socket, 'data')
    const closed = close()
    socket.write(`${body}GET /v1/account HTTP/1.1\r\nHost: a\r\n\r\n`)
    await once(socket, 'close')
    const [, first = '', second = ''] = answered.split(/HTTP\/1\.1 (?=[2-5])/)
    await closed
    t.match(first, /^400 [\s\S]*"code":"validation_failed"/)
    t.match(second, /^503 [\s\S]*content-type: application\/problem\+json/i)
    t.match(second, /^connection: close\r$/im)
    t.match(second, /^retry-after: 1\r$/im)
    const problem = JSON.parse(second.slice(second.indexOf('{'))) as { code: string; requestId: string }
    t.equal(problem.code, 'unavailable')
    t.match(second, new RegExp(`^x-request-id: ${problem.requestId}\r$`, 'im'))
  }
)
