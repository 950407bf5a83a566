import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { MIGRATIONS_FOLDER, readMigrations } from '../../src/platform/db/migrate.ts'
import { missingFrom } from '../../src/platform/db/schema-engine.ts'
import { openScratchDatabase } from '../scratch-database.ts'

// npm run db:migration NAME: writes a migration for the changes of the schema since the existing migrations. Works
// offline, on a scratch database.

const USAGE = 'usage: npm run db:migration NAME   (such as: npm run db:migration add_token_notes)'
const NAME = /^[a-z][a-z0-9_]{0,60}$/

const {
  positionals: [name],
  values
} = parseArgs({
  allowPositionals: true,
  options: {
    schema: { type: 'string', default: 'prisma/schema.prisma' },
    migrations: { type: 'string', default: MIGRATIONS_FOLDER }
  }
})
if (name === undefined || !NAME.test(name)) {
  console.error(`${USAGE}\nA name is lower case letters, digits and underscores.`)
  process.exit(2)
}

await using scratch = await openScratchDatabase('migration', { durable: false, migrations: values.migrations })
const script = await missingFrom(scratch.url, values.schema)
if (script === undefined) {
  console.log('No change: the migrations already say all that the schema does.')
} else {
  const said = await rules(values.migrations)
  const file = path.join(values.migrations, `${timestamp()}_${name}`, 'migration.sql')
  await mkdir(path.dirname(file))
  await writeFile(file, `${said}${script}`)
  console.log(`Wrote ${path.relative('.', file)}. Read it before you commit it.`)
}

/**
 * The rules of the new migration. They state that the version before may run on the new schema, which is right if
 * something is only added.
 */
async function rules(folder: string): Promise<string> {
  const newest = (await readMigrations(folder)).migrationDirectories.at(-1)?.path
  return newest === undefined ? '' : `-- compatible-with: ${newest}\n`
}

/** `20261121093000`, as Prisma names them: in UTC, so that names sort by age. */
function timestamp(): string {
  return new Date().toISOString().replace(/[-:T]/g, '').slice(0, 14)
}
