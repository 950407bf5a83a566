import { createServer } from 'node:http'
import { apiKey } from '@better-auth/api-key'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'

// better-auth: verifyApiKey with the adapter in memory, without rate limits.
const [port] = process.argv.slice(2)
const auth = betterAuth({
  secret: 'a secret of the benchmark, 32 characters',
  baseURL: `http://127.0.0.1:${port}`,
  database: memoryAdapter({ user: [], session: [], account: [], verification: [], apikey: [] }),
  emailAndPassword: { enabled: true },
  plugins: [apiKey({ rateLimit: { enabled: false } })]
})
const { user } = await auth.api.signUpEmail({
  body: { email: 'bench@example.com', password: 'pass phrase of the benchmark', name: 'Bench' }
})
const { key } = await auth.api.createApiKey({ body: { userId: user.id } })

async function answer(request, response) {
  const given = request.headers.authorization?.slice('Bearer '.length) ?? ''
  const { valid } = await auth.api.verifyApiKey({ body: { key: given } })
  response.writeHead(valid ? 200 : 401, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify({ ok: valid, id: 'abc123', status: 'done' }))
}

createServer((request, response) => void answer(request, response)).listen(Number(port), '127.0.0.1', () =>
  process.send({ token: key })
)
