import Fastify from 'fastify'
import { Pool } from 'undici'

// The reference for comparisons: a bare Fastify route, one that takes a body, and one that calls an upstream by undici.
const [port, upstream] = process.argv.slice(2)
const pool = new Pool(String(upstream), { connections: 50, pipelining: 1 })
const app = Fastify({ logger: false })

app.get('/plain', async () => ({ ok: true, id: 'abc123', status: 'done' }))
app.post('/body', async (request) => request.body)
app.get('/upstream', async () => {
  const { body } = await pool.request({ path: '/data', method: 'GET' })
  const data = (await body.json()) as { id: string; total: number }
  return { id: data.id, total: data.total }
})

await app.listen({ port: Number(port), host: '127.0.0.1' })
process.send?.('ready')
