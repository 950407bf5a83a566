import { execFile, spawnSync } from 'node:child_process'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const UNITS = path.join(import.meta.dirname, '../../ops/systemd')
const noSystemd = spawnSync('systemd-analyze', ['--version']).status !== 0 && 'systemd is not here'

const text = (name: string): Promise<string> => readFile(path.join(UNITS, name), 'utf8')
const settingOf = (unit: string, name: string): string | undefined => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1]

t.test('systemd takes the units', { skip: noSystemd }, async (t) => {
  const folder = t.testdir()
  const names = await readdir(UNITS)
  // What the units name is installed on the machine that they are for.
  for (const name of names)
    await writeFile(path.join(folder, name), (await text(name)).replaceAll('/usr/bin/node', process.execPath))
  const { stderr } = await promisify(execFile)('systemd-analyze', [
    'verify',
    '--recursive-errors=no',
    '--man=no',
    ...names.map((name) => path.join(folder, name))
  ])
  t.equal(
    stderr
      .split('\n')
      .filter((line) => names.some((name) => line.includes(name)))
      .join('\n'),
    ''
  )
})

t.test('the gateway is stopped in order, and within its own limits', async (t) => {
  const unit = await text('sluice.service')
  // A signal to every process would stop the embedded database under the calls that are being drained.
  t.equal(settingOf(unit, 'KillMode'), 'mixed')
  t.ok(Number(settingOf(unit, 'TimeoutStopSec')) >= 125, 'draining and the budgets of all parts')
  t.match(settingOf(unit, 'ExecStart'), /node --max-semi-space-size=64 .*\/dist\/main\.js$/)
  t.equal(settingOf(unit, 'MemoryDenyWriteExecute'), undefined, 'V8 compiles')
})

t.test('a backup runs as the gateway does, with a key that is in no unit', async (t) => {
  const [unit, backup] = [await text('sluice.service'), await text('sluice-backup.service')]
  for (const name of ['User', 'DynamicUser', 'Environment', 'WorkingDirectory'])
    t.equal(settingOf(backup, name), settingOf(unit, name), name)
  t.match(backup, /^EnvironmentFile=\/etc\/sluice\/backup$/m)
  t.notMatch(backup, /^Environment=.*SLUICE_BACKUP_KEY/m)
})
