import { type Command, InvalidArgumentError, Option } from 'commander'
import { callApi, listAll } from '../api.ts'
import { collect, contextOf } from '../context.ts'
import { type Io, readSecret } from '../io.ts'

interface Token {
  id: string
  name: string
  start: string
  expiresAt: string | null
  replaces: string | null
}

type Issued = Token & { token: string }

const COLUMNS = ['id', 'name', 'format', 'start', 'createdAt', 'expiresAt', 'lastUsedAt', 'revokedAt']

export function tokenCommands(program: Command, io: Io): void {
  const tokens = program.command('tokens').description('make, list, rotate and revoke API tokens')

  tokens
    .command('list')
    .description('my tokens, newest first')
    .option('--state <states>', 'live, expired, revoked; several with commas')
    .option('--expiring <days>', 'only those that expire within so many days', wholeNumber)
    .option('--query <text>', 'a part of the name, or how the token starts')
    .action(async (options: { state?: string; expiring?: number; query?: string }, command: Command) => {
      const { out, session } = contextOf(command, io)
      out.table(
        await listAll<Token>(await session(), '/v1/tokens', {
          state: options.state,
          expiring: options.expiring,
          q: options.query
        }),
        COLUMNS
      )
    })

  tokens
    .command('create')
    .description('a new token, printed once')
    .argument('<name>')
    .requiredOption('--days <days>', 'days until it expires; 0 = never', wholeNumber)
    .addOption(new Option('--format <format>').choices(['opaque', 'jwt']).default('opaque'))
    .option('--workspace <id>', 'only listeners of this workspace (again for more)', collect)
    .option('--listener <id>', 'only this listener (again for more)', collect)
    .option('--allow-ip <cidr>', 'only from here (again for more)', collect)
    .option('--limit <calls/seconds>', 'such as 100/60', rate)
    .option('--daily-quota <calls>', 'calls in a UTC day', wholeNumber)
    .option('--stdin', "read the account's password from standard input")
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const { out, session } = contextOf(command, io)
      const { workspace, listener, allowIp, limit, dailyQuota, days, format } = options
      const body = {
        name,
        days,
        format,
        password: await readPassword(io, options.stdin),
        ...(workspace || listener
          ? { scope: { ...(workspace ? { workspaces: workspace } : {}), ...(listener ? { listeners: listener } : {}) } }
          : {}),
        ...(allowIp ? { allowedIps: allowIp } : {}),
        ...(limit ? { rateLimit: limit } : {}),
        ...(dailyQuota === undefined ? {} : { dailyQuota })
      }
      const issued = await callApi<Issued>(await session(), '/v1/tokens', { method: 'POST', body })
      out.value(issued, issued.token)
      out.note(
        `${issued.id}, ${issued.expiresAt ? `until ${issued.expiresAt}` : 'without an end'}. ` +
          'The token is shown this once.'
      )
    })

  tokens
    .command('rotate')
    .description('a new token in the place of one, printed once')
    .argument('<id>')
    .requiredOption('--overlap <seconds>', 'how long the old one goes on working; 0 = not at all', wholeNumber)
    .option('--stdin', "read the account's password from standard input")
    .action(async (id: string, options: { overlap: number; stdin?: boolean }, command: Command) => {
      const { out, session } = contextOf(command, io)
      const body = { overlapSeconds: options.overlap, password: await readPassword(io, options.stdin) }
      const issued = await callApi<Issued>(await session(), `/v1/tokens/${encodeURIComponent(id)}/rotate`, {
        method: 'POST',
        body
      })
      out.value(issued, issued.token)
      out.note(`${issued.id} takes the place of ${id}. The token is shown this once.`)
    })

  tokens
    .command('revoke')
    .description('end a token, at once: by its id, or by its text from standard input')
    .argument('[id]')
    .option('--stdin', 'read the token itself from standard input')
    .action(async (id: string | undefined, options: { stdin?: boolean }, command: Command) => {
      const { out, session } = contextOf(command, io)
      if ((id === undefined) !== (options.stdin === true))
        command.error('error: give an id, or --stdin', { exitCode: 2 })
      if (id !== undefined) await callApi(await session(), `/v1/tokens/${encodeURIComponent(id)}`, { method: 'DELETE' })
      else
        await callApi(await session(), '/v1/tokens/revoke', {
          method: 'POST',
          form: { token: (await readText(io, true)).reveal() }
        })
      out.value({ revoked: id ?? true }, 'Revoked.')
    })

  tokens
    .command('inspect')
    .description(
      'what a credential is, and what each check says of it; its text comes from the terminal, SLUICE_TOKEN or --stdin'
    )
    .option('--stdin', 'read the token from standard input')
    .action(async (options: { stdin?: boolean }, command: Command) => {
      const { out, session } = contextOf(command, io)
      const inspection = await callApi<Inspection>(await session(), '/v1/tokens/inspect', {
        method: 'POST',
        body: { token: (await readText(io, options.stdin)).reveal() }
      })
      out.value(inspection, describeInspection(inspection))
    })

  tokens
    .command('usage')
    .description('calls by day and outcome, and from where')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { out, session } = contextOf(command, io)
      const usage = await callApi<{ days: object[]; addresses: object[] }>(
        await session(),
        `/v1/tokens/${encodeURIComponent(id)}/usage`
      )
      out.table(usage.days, ['day', 'calls', 'outcomes'])
    })

  tokens
    .command('denials')
    .description('why calls were refused, newest first')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { out, session } = contextOf(command, io)
      out.table(await listAll<object>(await session(), `/v1/tokens/${encodeURIComponent(id)}/denials`), [
        'at',
        'reason',
        'listenerId',
        'ip',
        'requestId'
      ])
    })
}

interface CreateOptions {
  days: number
  format: string
  workspace?: string[]
  listener?: string[]
  allowIp?: string[]
  limit?: { limit: number; windowSeconds: number }
  dailyQuota?: number
  stdin?: boolean
}

async function readPassword(io: Io, fromStdin: boolean | undefined): Promise<string> {
  return (await readSecret(io, { name: 'password', variable: 'SLUICE_PASSWORD', fromStdin })).reveal()
}

function readText(io: Io, fromStdin: boolean | undefined): ReturnType<typeof readSecret> {
  return readSecret(io, { name: 'token', variable: 'SLUICE_TOKEN', fromStdin })
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

function rate(text: string): { limit: number; windowSeconds: number } {
  const match = /^(\d{1,10})\/(\d{1,6})$/.exec(text)
  if (!match) throw new InvalidArgumentError('It must be calls/seconds, such as 100/60.')
  return { limit: Number(match[1]), windowSeconds: Number(match[2]) }
}

/** The part of the answer of `POST /v1/tokens/inspect` that is shown. */
interface Inspection {
  kind: string
  valid: boolean
  issuer: object | null
  matchedKey: object | null
  subject: object | null
  checks: readonly {
    check: string
    status: 'pass' | 'fail' | 'not_reached'
    reason?: string
    why?: string
    remedy?: string
  }[]
}

const STATUS_WIDTH = 'not reached'.length

/** Text for people: whether it is valid, what is known about it, and a line for each check, with remedies. */
function describeInspection({ kind, valid, issuer, matchedKey, subject, checks }: Inspection): string {
  const facts = [...fieldsOf('issuer', issuer), ...fieldsOf('key', matchedKey), ...fieldsOf('subject', subject)]
  return [
    `${kind}: ${valid ? 'valid' : 'not valid'}`,
    ...facts.map(([name, value]) => `  ${name}: ${value}`),
    ...checks.map(
      ({ check, status, reason, why, remedy }) =>
        `  ${status.replace('_', ' ').padEnd(STATUS_WIDTH)}  ${check}` +
        (status === 'fail' ? ` (${reason}): ${why}. ${remedy}` : '')
    )
  ].join('\n')
}

function fieldsOf(what: string, fields: object | null): [name: string, value: string][] {
  return Object.entries(fields ?? {}).map(([name, value]) => [
    `${what} ${name}`,
    typeof value === 'string' ? value : JSON.stringify(value)
  ])
}
