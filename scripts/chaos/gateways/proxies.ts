import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../../../src/lib/free-port.ts'

/** A proxy in a separate process, in front of two gateways. */
export interface Proxy {
  name: string
  url: string
  close(): Promise<void>
}

const REPOSITORY = path.join(import.meta.dirname, '../../..')

/** nginx with the shipped configuration. Only addresses and files are changed. */
export async function startNginx(gateways: readonly string[]): Promise<Proxy> {
  const text = await readFile(path.join(REPOSITORY, 'docker/nginx.conf'), 'utf8')
  return startProxy('nginx', (folder, port) => ({
    text: toGateways(text, gateways)
      .replaceAll(' resolve;', ';')
      .replace('listen 8080;', `listen 127.0.0.1:${port};`)
      .replaceAll('/dev/stderr', `${folder}/error.log`)
      .replaceAll('/dev/stdout', `${folder}/access.log`)
      .replace('http {', `http {\n client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;`),
    arguments: (file) => ['-p', folder, '-c', file, '-g', `daemon off; pid ${folder}/pid; user root;`]
  }))
}

/** HAProxy with the configuration of docs/proxies.md. */
export async function startHaproxy(gateways: readonly string[]): Promise<Proxy> {
  const [, text = ''] =
    /```haproxy\n([\s\S]+?)```/.exec(await readFile(path.join(REPOSITORY, 'docs/proxies.md'), 'utf8')) ?? []
  return startProxy('haproxy', (_folder, port) => ({
    text: toGateways(text, gateways).replace('bind :8080', `bind 127.0.0.1:${port}`),
    arguments: (file) => ['-q', '-f', file]
  }))
}

/** Replaces the names of the gateways by their addresses. */
function toGateways(text: string, gateways: readonly string[]): string {
  return gateways.reduce((changed, url, index) => changed.replace(`gateway-${index + 1}:2020`, new URL(url).host), text)
}

async function startProxy(
  name: string,
  configure: (folder: string, port: number) => { text: string; arguments(file: string): string[] }
): Promise<Proxy> {
  const folder = await mkdtemp(path.join(tmpdir(), `sluice-${name}-`))
  const port = await freePort()
  const file = path.join(folder, `${name}.conf`)
  const configuration = configure(folder, port)
  await writeFile(file, configuration.text)
  const child: ChildProcess = spawn(name, configuration.arguments(file), { stdio: ['ignore', 'inherit', 'inherit'] })
  const end = (): void => void child.kill('SIGTERM')
  process.once('exit', end)
  await once(child, 'spawn')
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    async close() {
      process.off('exit', end)
      if (child.exitCode === null && child.signalCode === null) {
        end()
        await once(child, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    }
  }
}
