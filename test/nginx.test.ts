import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'
import { reservePort } from './fixtures/reserve-port.ts'
import { until } from './fixtures/until.ts'

const CONFIGURATION = path.join(import.meta.dirname, '../docker/nginx.conf')
const isThere = spawnSync('nginx', ['-v']).status === 0

/** Runs nginx with our own configuration, in front of this upstream. */
async function startProxy(t: Test, upstreamPort: number, more: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-nginx-'))
  const port = await reservePort()
  await mkdir(path.join(folder, 'secret'))
  await writeFile(path.join(folder, 'secret/file.txt'), 'the internal file')
  const text = readFileSync(CONFIGURATION, 'utf8')
    .replace(/server gateway-1:2020.*\n\s*server gateway-2:2020.*/, `server 127.0.0.1:${upstreamPort};`)
    .replace('listen 8080;', `listen 127.0.0.1:${port};\n${more.replaceAll('FOLDER', folder)}`)
    .replaceAll('/dev/stderr', `${folder}/error.log`)
    .replaceAll('/dev/stdout', `${folder}/access.log`)
    .replace('http {', `http {\n client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;`)
  const file = path.join(folder, 'nginx.conf')
  await writeFile(file, `pid ${folder}/pid;\nuser root;\n${text}`)
  const nginx = spawn('nginx', ['-p', folder, '-c', file, '-g', 'daemon off;'], { stdio: 'ignore' })
  t.teardown(async () => {
    nginx.kill('SIGQUIT')
    if (nginx.exitCode === null) await once(nginx, 'exit')
    await rm(folder, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${port}`
  const answers = async (): Promise<boolean> =>
    fetch(`${url}/ready`).then(
      () => true,
      () => false
    )
  await until(answers, 30_000, 'the start of nginx')
  return url
}

t.test('the proxy', { skip: isThere ? false : 'nginx is not installed' }, async (t) => {
  const server = createServer((request, response) => {
    if (request.url === '/accel') response.setHeader('X-Accel-Redirect', '/protected/file.txt')
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(request.headers))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const more = 'location /protected/ { internal; alias FOLDER/secret/; }'
  const url = await startProxy(t, (server.address() as AddressInfo).port, more)

  await t.test('200: an answer cannot make it send an internal file', async (t) => {
    const answer = await fetch(`${url}/accel`)
    t.equal(answer.status, 200)
    t.notMatch(await answer.text(), /internal file/)
    t.equal((await fetch(`${url}/protected/file.txt`)).status, 404, 'control: the file is internal')
  })

  await t.test('every carrier of a token gets through', async (t) => {
    const names = ['authorization', 'access_token', 'jwt_token', 'accesstoken']
    const answer = await fetch(`${url}/x`, {
      headers: Object.fromEntries(names.map((name) => [name, `Bearer ${name}`]))
    })
    const seen = (await answer.json()) as Record<string, string>
    for (const name of names) t.equal(seen[name], `Bearer ${name}`)
  })
})
