import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import express from 'express'
import RED from 'node-red'

// Node-RED: a flow that checks the token in a function node and answers, and one that also calls an upstream.
const [port, token, upstream, folder] = process.argv.slice(2)
const wires = (...names) => [names]
const check = (id, next) => [
  { id: `${id}-in`, z: 'tab', type: 'http in', url: `/${id}`, method: 'get', wires: wires(`${id}-check`) },
  {
    id: `${id}-check`,
    z: 'tab',
    type: 'function',
    outputs: 2,
    func:
      `if (msg.req.headers.authorization === 'Bearer ${token}') return [msg, null]\n` +
      `msg.statusCode = 401; msg.payload = { code: 'unauthenticated' }; return [null, msg]`,
    wires: [[next], [`${id}-out`]]
  },
  { id: `${id}-out`, z: 'tab', type: 'http response', wires: [] }
]
const answer = (id, func) => ({
  id: `${id}-answer`,
  z: 'tab',
  type: 'function',
  outputs: 1,
  func,
  wires: [[`${id}-out`]]
})
const flows = [
  { id: 'tab', type: 'tab', label: 'bench' },
  ...check('call', 'call-answer'),
  answer('call', `msg.payload = { ok: true, id: 'abc123', status: 'done' }; return msg`),
  ...check('upstream', 'ask'),
  {
    id: 'ask',
    z: 'tab',
    type: 'http request',
    method: 'GET',
    ret: 'obj',
    url: upstream,
    wires: wires('upstream-answer')
  },
  answer('upstream', 'msg.payload = { id: msg.payload.id, total: msg.payload.total }; msg.headers = {}; return msg')
]
writeFileSync(path.join(folder, 'flows.json'), JSON.stringify(flows))

const app = express()
const server = createServer(app)
RED.init(server, {
  httpAdminRoot: false,
  httpNodeRoot: '/',
  userDir: folder,
  flowFile: 'flows.json',
  logging: { console: { level: 'off' } }
})
app.use('/', RED.httpNode)
server.listen(Number(port), '127.0.0.1')
await RED.start()
// Node-RED wires its nodes a moment after the start.
for (;;) {
  const response = await fetch(`http://127.0.0.1:${port}/call`, { headers: { Authorization: `Bearer ${token}` } })
  if (response.status === 200) break
  await new Promise((resolve) => setTimeout(resolve, 100))
}
process.send('ready')
