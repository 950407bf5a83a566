// npm run build: writes the gateway as plain JavaScript to dist, for packages and the image. The files of an earlier
// build are removed first, because a package must not contain files whose source is gone. setup.mjs builds the console.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const dist = path.join(root, 'dist')

for (const name of existsSync(dist) ? readdirSync(dist) : [])
  if (name !== 'console') rmSync(path.join(dist, name), { recursive: true })
for (const project of ['tsconfig.build.json', 'src/client']) compile(project)
copyFileSync(path.join(root, 'src/client/package.json'), path.join(dist, 'client/package.json'))

function compile(project) {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [compiler, '-p', project], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
