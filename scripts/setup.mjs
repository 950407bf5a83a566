// Brings node_modules, the generated database client and the built console up to date, so that `npm start` and `npm
// test` are the only commands a fresh clone needs. Runs before them, also on Node 20 and before anything is installed:
// plain JavaScript, no packages. `setup.mjs start` installs a third of the packages, those that the gateway needs.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** The development packages that a start needs: those that build the database client and the console. */
const BUILDERS = [
  '@base-ui/react',
  '@codemirror/autocomplete',
  '@codemirror/commands',
  '@codemirror/lang-json',
  '@codemirror/lang-yaml',
  '@codemirror/language',
  '@codemirror/lint',
  '@codemirror/merge',
  '@codemirror/search',
  '@codemirror/state',
  '@codemirror/view',
  '@lezer/highlight',
  '@tailwindcss/vite',
  '@tanstack/react-query',
  '@tanstack/react-router',
  '@vitejs/plugin-react',
  '@xyflow/react',
  'node',
  'prisma',
  'react',
  'react-dom',
  'tailwindcss',
  'uqr',
  'vite'
]
const LOCK_WAIT_MS = 10 * 60_000
const POLL_MS = 200

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const at = (...parts) => path.join(root, ...parts)
const lock = at('.setup.lock')
const clientStamp = at('node_modules', '.sluice-client-stamp')
const consoleStamp = at('dist', 'console', '.stamp')
const toStart = process.argv[2] === 'start'

/** The stages run one after the other; the steps of one stage run at the same time. */
const stages = [
  [{ needed: () => !isInstalled(), says: 'installing packages', run: installPackages }],
  [
    { needed: () => !isGenerated(), says: 'generating the database client', run: generateClient },
    { needed: () => !isConsoleBuilt(), says: 'building the console', run: buildConsole }
  ]
]

try {
  if (stages.flat().some((step) => step.needed())) await withLock(setUp)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

async function setUp() {
  for (const steps of stages) await Promise.all(steps.map(take))
}

async function take({ needed, says, run }) {
  // Checked again, because another process may have done it while this one waited for the lock.
  if (!needed()) return
  const startedAt = Date.now()
  console.error(`sluice: ${says} …`)
  if ((await run()) === false) return
  console.error(`sluice: ${says}: done in ${Math.ceil((Date.now() - startedAt) / 1000)} s`)
}

/**
 * When npm has finished, it leaves a copy of the lockfile in node_modules, with the installed packages. The two must
 * agree.
 */
function isInstalled() {
  const installed = readJson(at('node_modules', '.package-lock.json'))?.packages
  if (!installed || !existsSync(at('node_modules', '.bin', 'node'))) return false
  return Object.entries(readJson(at('package-lock.json')).packages).every(([name, wanted]) => {
    if (name === '') return true
    const found = installed[name]
    if (found) return found.version === wanted.version && found.integrity === wanted.integrity
    // npm leaves such a package out if it is for another platform.
    if (wanted.optional === true || wanted.devOptional === true || wanted.peer === true) return true
    return toStart && wanted.dev === true && !BUILDERS.includes(name.slice('node_modules/'.length))
  })
}

function isGenerated() {
  return (
    existsSync(at('src', 'platform', 'db', 'generated', 'client.ts')) &&
    existsSync(clientStamp) &&
    readFileSync(clientStamp, 'utf8') === clientInputs()
  )
}

/** The inputs of the generated client: the schema and the generator. */
function clientInputs() {
  const { version } = readJson(at('package-lock.json')).packages['node_modules/prisma']
  return createHash('sha256')
    .update(version)
    .update(readFileSync(at('prisma', 'schema.prisma')))
    .digest('hex')
}

async function installPackages() {
  // Under npm, a variable tells its path; otherwise npm is in the PATH.
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']
  const quiet = ['--no-audit', '--no-fund']
  if (existsSync(at('node_modules', '.package-lock.json'))) {
    // Only adds missing packages, because a running gateway still reads the installed ones.
    await run([...npm, 'install', '--no-save', ...quiet])
  } else if (toStart) {
    const { devDependencies } = readJson(at('package-lock.json')).packages['']
    const builders = BUILDERS.map((name) => `${name}@${devDependencies[name]}`)
    await run([...npm, 'install', '--no-save', '--save-prod', '--omit=dev', ...quiet, ...builders])
  } else {
    await run([...npm, 'ci', ...quiet])
  }
}

async function generateClient() {
  await run([
    at('node_modules', '.bin', 'node'),
    at('node_modules', 'prisma', 'build', 'index.js'),
    'generate',
    '--no-hints'
  ])
  writeFileSync(clientStamp, clientInputs())
}

/** Whether the console is built, or has no source here. */
function isConsoleBuilt() {
  if (!existsSync(at('src', 'console'))) return true
  return existsSync(at('dist', 'console', 'index.html')) && readIfThere(consoleStamp) === consoleInputs()
}

/** The inputs of the console: its source, that of the client, and the dependencies in package.json. */
function consoleInputs() {
  const hash = createHash('sha256')
  const { packages } = readJson(at('package-lock.json'))
  for (const name of Object.keys(packages[''].devDependencies))
    hash.update(`${name} ${packages[`node_modules/${name}`].version}\n`)
  for (const room of ['client', 'console']) {
    const folder = at('src', room)
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    for (const file of files.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)).sort()) {
      hash.update(`${room}/${path.relative(folder, file)}\n`).update(readFileSync(file))
    }
  }
  return hash.digest('hex')
}

/** A failed build of the console is no error, because the gateway works without it. */
async function buildConsole() {
  const inputs = consoleInputs()
  try {
    await run([
      at('node_modules', '.bin', 'node'),
      at('node_modules', 'vite', 'bin', 'vite.js'),
      'build',
      'src/console'
    ])
  } catch (error) {
    console.error(`${error.message}\nsluice: the console was not built: the gateway works without it`)
    return false
  }
  writeFileSync(consoleStamp, inputs)
  return true
}

/** Runs a command. Prints its whole output if it fails, and nothing otherwise. */
function run([command, ...args]) {
  return new Promise((resolve, reject) => {
    const output = []
    const env = {
      ...process.env,
      // Any existing file keeps Prisma from downloading its native engine, which is not used here.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_SKIP_POSTINSTALL_GENERATE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1'
    }
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', (chunk) => output.push(chunk))
    child.stderr.on('data', (chunk) => output.push(chunk))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve()
      else
        reject(
          new Error(
            `${Buffer.concat(output)}\nsluice: "${[path.basename(command), ...args].join(' ')}" failed ` +
              `(${signal ?? `code ${code}`})`
          )
        )
    })
  })
}

/**
 * Only one process at a time works on this checkout. The lock contains the id of its process, and is void once the
 * process is gone.
 */
async function withLock(work) {
  const mine = `${lock}.${process.pid}`
  writeFileSync(mine, String(process.pid))
  try {
    await takeLock(mine)
    try {
      await work()
    } finally {
      rmSync(lock, { force: true })
    }
  } finally {
    rmSync(mine, { force: true })
  }
}

async function takeLock(mine) {
  let waiting = false
  for (const startedAt = Date.now(); Date.now() - startedAt < LOCK_WAIT_MS;) {
    try {
      // A link instead of a new file, so that the lock appears together with the id in it.
      linkSync(mine, lock)
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = readIfThere(lock)
    if (holder && !isAlive(Number(holder))) removeStaleLock(holder)
    else if (holder && !waiting) {
      waiting = true
      console.error(`sluice: waiting for another set-up of this checkout (process ${holder})`)
    }
    await pause(POLL_MS)
  }
  throw new Error(`sluice: another set-up of this checkout does not end; if there is none, remove ${lock}`)
}

/** Removes a stale lock. If several processes see it, one of them does, and only while it is still the same lock. */
function removeStaleLock(holder) {
  const removal = `${lock}.removal-of-${holder}`
  try {
    mkdirSync(removal)
  } catch {
    return
  }
  try {
    if (readIfThere(lock) === holder) rmSync(lock)
  } finally {
    rmSync(removal, { recursive: true })
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}
