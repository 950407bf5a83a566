import { type Command, InvalidArgumentError, Option } from 'commander'
import { PERMISSIONS, type Permission } from '../../tokens/permissions.ts'
import { take } from '../client.ts'
import { contextOf } from '../context.ts'
import { type Io, readSecret } from '../io.ts'
import { collect, rate, wholeNumber } from '../option-values.ts'
import { listenerOf, tokenOf, workspaceOf } from '../resolve.ts'
import { describeInspection } from './describe-inspection.ts'

const COLUMNS = ['id', 'name', 'format', 'start', 'createdAt', 'expiresAt', 'lastUsedAt', 'revokedAt']
const TOKEN = 'its id, or the name of a live one'

export function tokenCommands(program: Command, io: Io): void {
  const tokens = program.command('tokens').description('make, list, rotate and revoke API tokens and management tokens')

  tokens
    .command('list')
    .description('my tokens, newest first')
    .option('--state <states>', 'live, expired, revoked; several with commas')
    .option('--expiring <days>', 'only those that expire within so many days', wholeNumber)
    .option('--query <text>', 'a part of the name, or how the token starts')
    .action(async (options: { state?: string; expiring?: number; query?: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const query = { state: options.state, expiring: options.expiring, q: options.query }
      out.table(await take((await client()).list('/v1/tokens', { params: { query } })), COLUMNS)
    })

  tokens
    .command('create')
    .description('a new token, printed once')
    .argument('<name>')
    .requiredOption('--days <days>', 'days until it expires; 0 = never', wholeNumber)
    .addOption(new Option('--format <format>').choices(['opaque', 'jwt']).default('opaque'))
    .option('--workspace <workspace>', 'only listeners of this workspace (again for more)', collect)
    .option('--listener <listener>', 'only this listener (again for more)', collect)
    .option('--allow-ip <cidr>', 'only from here (again for more)', collect)
    .option('--limit <calls/seconds>', 'such as 100/60', rate)
    .option('--daily-quota <calls>', 'calls in a UTC day', wholeNumber)
    .option(
      '--permission <permission>',
      'make a management token, which makes the calls that this names (again for more), such as runs:read',
      permissions
    )
    .option('--description <text>', 'for people')
    .option('--stdin', "read the account's password from standard input")
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const { out, client } = contextOf(command, io)
      const { allowIp, limit, dailyQuota, days, format, permission, description } = options
      const password = await readPassword(io, options.stdin)
      const signedIn = await client()
      const workspaces = await all(options.workspace, (text) => workspaceOf(signedIn, text))
      const listeners = await all(options.listener, (text) => listenerOf(signedIn, text))
      const body = {
        name,
        days,
        format,
        password,
        ...(workspaces || listeners
          ? { scope: { ...(workspaces ? { workspaces } : {}), ...(listeners ? { listeners } : {}) } }
          : {}),
        ...(allowIp ? { allowedIps: allowIp } : {}),
        ...(limit ? { rateLimit: limit } : {}),
        ...(dailyQuota === undefined ? {} : { dailyQuota }),
        ...(permission ? { permissions: permission } : {}),
        ...(description === undefined ? {} : { description })
      }
      const issued = await signedIn.POST('/v1/tokens', { body })
      out.value(issued, issued.token)
      out.note(
        `${issued.id}, ${issued.expiresAt ? `until ${issued.expiresAt}` : 'without an end'}. ` +
          'The token is shown this once.'
      )
    })

  tokens
    .command('rotate')
    .description('a new token in the place of one, printed once')
    .argument('<id>', TOKEN)
    .requiredOption('--overlap <seconds>', 'how long the old one goes on working; 0 = not at all', wholeNumber)
    .option('--stdin', "read the account's password from standard input")
    .action(async (text: string, options: { overlap: number; stdin?: boolean }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const body = { overlapSeconds: options.overlap, password: await readPassword(io, options.stdin) }
      const signedIn = await client()
      const tokenId = await tokenOf(signedIn, text)
      const issued = await signedIn.POST('/v1/tokens/{tokenId}/rotate', { params: { path: { tokenId } }, body })
      out.value(issued, issued.token)
      out.note(`${issued.id} takes the place of ${tokenId}. The token is shown this once.`)
    })

  tokens
    .command('revoke')
    .description('end a token, at once: by its id or name, or by its text from standard input')
    .argument('[id]', TOKEN)
    .option('--stdin', 'read the token itself from standard input')
    .action(async (text: string | undefined, options: { stdin?: boolean }, command: Command) => {
      const { out, client } = contextOf(command, io)
      if ((text === undefined) !== (options.stdin === true))
        command.error('error: give an id or a name, or --stdin', { exitCode: 2 })
      const signedIn = await client()
      const tokenId = text === undefined ? undefined : await tokenOf(signedIn, text)
      if (tokenId !== undefined) await signedIn.DELETE('/v1/tokens/{tokenId}', { params: { path: { tokenId } } })
      else
        await signedIn.POST('/v1/tokens/revoke', {
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          body: { token: (await readText(io, true)).reveal() }
        })
      out.value({ revoked: tokenId ?? true }, 'Revoked.')
    })

  tokens
    .command('inspect')
    .description(
      'what a credential is, and what each check says of it; its text comes from the terminal, SLUICE_TOKEN or --stdin'
    )
    .option('--stdin', 'read the token from standard input')
    .action(async (options: { stdin?: boolean }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const body = { token: (await readText(io, options.stdin)).reveal() }
      const inspection = await (await client()).POST('/v1/tokens/inspect', { body })
      out.value(inspection, describeInspection(inspection))
    })

  tokens
    .command('usage')
    .description('calls by day and outcome, and from where')
    .argument('<id>', TOKEN)
    .action(async (text: string, _options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const tokenId = await tokenOf(signedIn, text)
      const usage = await signedIn.GET('/v1/tokens/{tokenId}/usage', { params: { path: { tokenId } } })
      out.table(usage.days, ['day', 'calls', 'outcomes'])
    })

  tokens
    .command('denials')
    .description('why calls were refused, newest first')
    .argument('<id>', TOKEN)
    .action(async (text: string, _options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const tokenId = await tokenOf(signedIn, text)
      const denials = signedIn.list('/v1/tokens/{tokenId}/denials', { params: { path: { tokenId } } })
      out.table(await take(denials), ['at', 'reason', 'listenerId', 'ip', 'requestId'])
    })
}

interface CreateOptions {
  days: number
  format: 'opaque' | 'jwt'
  workspace?: string[]
  listener?: string[]
  allowIp?: string[]
  limit?: { limit: number; windowSeconds: number }
  dailyQuota?: number
  permission?: Permission[]
  description?: string
  stdin?: boolean
}

function permissions(text: string, before: Permission[] | undefined): Permission[] {
  const found = PERMISSIONS.find((permission) => permission === text)
  if (!found) throw new InvalidArgumentError(`It must be one of ${PERMISSIONS.join(', ')}.`)
  return [...(before ?? []), found]
}

async function all(
  texts: string[] | undefined,
  idOf: (text: string) => Promise<string>
): Promise<string[] | undefined> {
  return texts && (await Promise.all(texts.map(idOf)))
}

async function readPassword(io: Io, fromStdin: boolean | undefined): Promise<string> {
  return (await readSecret(io, { name: 'password', variable: 'SLUICE_PASSWORD', fromStdin })).reveal()
}

function readText(io: Io, fromStdin: boolean | undefined): ReturnType<typeof readSecret> {
  return readSecret(io, { name: 'token', variable: 'SLUICE_TOKEN', fromStdin })
}
