#!/usr/bin/env node
// `npx sluice …`, from a clone and from a package. Plain JavaScript of an old kind: the Node that is too old for the
// rest must get as far as the message.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR = 24

const at = (file) => new URL(`../${file}`, import.meta.url)
/** A clone has the source, and runs it as it is; a package has what was built of it. */
const command = [at('src/cli/sluice.ts'), at('dist/cli/sluice.js')].find((file) => existsSync(fileURLToPath(file)))

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR) {
  fail(
    `sluice needs Node ${NODE_MAJOR} or newer, and this is ${process.versions.node} (${process.execPath}).\n` +
      'In a clone, "npm run cli -- …" brings its own.'
  )
} else if (!command) {
  fail(`There is neither src/cli/sluice.ts nor dist/cli/sluice.js in ${fileURLToPath(at(''))}.`)
} else {
  import(command.href).catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    fail(`${error.message}\nIn a clone, run "npm ci" first.`)
  })
}

function fail(message) {
  console.error(message)
  process.exitCode = 1
}
