import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { freePort } from '../../src/lib/free-port.ts'
import { openCallBench } from './calls/bench.ts'
import { CORES, describeMachine } from './calls/machine.ts'
import { measurePairs, medianOf, ratioOf, type Target } from './calls/pairs.ts'

// npm run bench:peers: compares a listener call with other ways to do the same. The gateway is measured in pairs of
// windows with each of them, as in listener-call.ts. They are installed from npm into a temporary folder, in these
// versions.

const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  express: ['express@5.3.0', 'passport@0.7.0', 'passport-http-bearer@1.0.1'],
  'better-auth': ['better-auth@1.7.5', '@better-auth/api-key@1.7.5'],
  'node-red': ['node-red@4.1.15', 'express@4.21.2']
}
const TOKEN = 'token-of-the-benchmark-0123456789abcdefghijklmnopqrstuvwxyz'
const CONNECTIONS = 32
const SECONDS = 1

const { values } = parseArgs({ options: { pairs: { type: 'string', default: '7' } } })
await using bench = await openCallBench()
const { driver } = bench
const calls = await bench.startGateway()
const upstream = `http://127.0.0.1:${bench.upstreamPort}/data`
const express = await startPeer('express', [TOKEN])
const betterAuth = await startPeer('better-auth', [])
const nodeRed = await startPeer('node-red', [TOKEN, upstream, newFolder('node-red-data')])

const rows: [name: string, ours: Target, theirs: Target][] = [
  ['Express 5 with passport-http-bearer', calls.opaque, express('/call')],
  ['better-auth, verifyApiKey in memory', calls.opaque, betterAuth('/call')],
  ['Node-RED 4, token check in a function node', calls.opaque, nodeRed('/call')],
  ['Node-RED 4, the same with a call', calls.upstream, nodeRed('/upstream')]
]
const how = `${values.pairs} pairs of windows of ${SECONDS} s, ${CONNECTIONS} connections, load by ${driver.name}`
console.log(`\n${describeMachine(how)}\n`)
console.log('| CPU of a call beside | gateway alone | with PostgreSQL | theirs | not 2xx, ours and theirs |')
console.log('| --- | --- | --- | --- | --- |')
for (const [name, ours, theirs] of rows) {
  const options = { pairs: Number(values.pairs), connections: CONNECTIONS, seconds: SECONDS }
  // Warms up their server too.
  await measurePairs(driver, theirs, ours, { ...options, pairs: 1 })
  const pairs = await measurePairs(driver, ours, theirs, options)
  const bad = [pairs.target, pairs.reference].map((samples) => samples.reduce((sum, each) => sum + each.bad, 0))
  console.log(
    `| ${name} | ${ratioOf(pairs, 'cpu').toFixed(2)} × | ${ratioOf(pairs, 'treeCpu').toFixed(2)} × | ` +
      `${medianOf(pairs.reference, 'cpu').toFixed(0)} µs | ${bad.join(', ')} |`
  )
}

/** Installs a peer in its own folder and starts its server. Returns the request for a path of it. */
async function startPeer(name: string, args: readonly string[]): Promise<(path: string) => Target> {
  const home = newFolder(name)
  writeFileSync(path.join(home, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  copyFileSync(path.join(import.meta.dirname, `peers/${name}.mjs`), path.join(home, `${name}.mjs`))
  const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', '--loglevel=error']
  execFileSync('npm', [...npm, ...(PACKAGES[name] ?? [])], { cwd: home, stdio: ['ignore', 'ignore', 'inherit'] })
  const port = await freePort()
  const child = fork(path.join(home, `${name}.mjs`), [String(port), ...args], {
    cwd: home,
    env: { ...process.env, NODE_ENV: 'production' },
    ...(CORES.server === undefined
      ? {}
      : { execPath: 'taskset', execArgv: ['--cpu-list', String(CORES.server), process.execPath] }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  bench.keep(child)
  const [message] = (await once(child, 'message')) as [{ token?: string }]
  const headers = { Authorization: `Bearer ${message.token ?? TOKEN}` }
  return (at) => ({ pid: child.pid ?? 0, request: { url: `http://127.0.0.1:${port}${at}`, headers } })
}

function newFolder(name: string): string {
  const made = path.join(bench.folder, name)
  mkdirSync(made)
  return made
}
