import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'

const SCRIPT = path.join(import.meta.dirname, '../../scripts/develop/db-migration.ts')
const HEADER = 'datasource db {\n  provider = "postgresql"\n}\n'
const TABLE = 'create table "A" (id serial primary key);\nalter table "A" alter id drop default;\n'
const TRIGGER = `create function refuse() returns trigger language plpgsql as
$$ begin raise exception 'no; never'; end $$;
create trigger refuse before update on "A" for each row execute function refuse();\n`

function run(args: string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr })
    )
  })
}

t.test(
  'a migration holds what the schema says and the migrations before do not; SQL written by hand is no difference',
  async (t) => {
    const folder = t.testdir({
      'schema.prisma': `${HEADER}model A {\n  id Int @id\n}\n`,
      migrations: {
        'migration_lock.toml': 'provider = "postgresql"\n',
        '20260101000000_by_hand': {
          'migration.sql': `${TABLE}${TRIGGER}`
        }
      }
    })
    const [schema, migrations] = [path.join(folder, 'schema.prisma'), path.join(folder, 'migrations')]
    const options = ['--schema', schema, '--migrations', migrations]
    t.same(await run(['nothing', ...options]), {
      code: 0,
      said: 'No change: the migrations already say all that the schema does.\n'
    })

    await writeFile(schema, `${HEADER}model A {\n  id Int @id\n  note String?\n}\n`)
    const { said } = await run(['add_note', ...options])
    t.match(said, /^Wrote .*_add_note\/migration\.sql\./)
    const written = (await readdir(migrations)).find((name) => /^\d{14}_add_note$/.test(name)) ?? ''
    t.equal(
      (await readFile(path.join(migrations, written, 'migration.sql'), 'utf8')).trim(),
      '-- compatible-with: 20260101000000_by_hand\n-- AlterTable\nALTER TABLE "A" ADD COLUMN     "note" TEXT;'
    )
    t.match((await run(['again', ...options])).said, /^No change/)
  }
)

t.test('a name that is not valid for a folder is refused', async (t) => {
  for (const name of [[], ['Add Note'], ['../x'], ['9'], ['x'.repeat(99)]]) {
    const { code, said } = await run(name)
    t.equal(code, 2)
    t.match(said, /usage: npm run db:migration NAME/)
  }
})
