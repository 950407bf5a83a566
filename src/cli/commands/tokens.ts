import { type Command, InvalidArgumentError, Option } from 'commander'
import { PERMISSIONS, type Permission } from '../../tokens/permissions.ts'
import { take } from '../client.ts'
import { contextOf } from '../context.ts'
import { type Io, readSecret } from '../io.ts'
import { collect, rate, wholeNumber } from '../option-values.ts'
import { listenerOf, tokenOf, workspaceOf } from '../resolve.ts'
import { describeInspection } from './describe-inspection.ts'

const COLUMNS = ['id', 'name', 'format', 'start', 'createdAt', 'expiresAt', 'lastUsedAt', 'revokedAt']
const TOKEN = 'the id of a token, or the name of a live one'

export function tokenCommands(program: Command, io: Io): void {
  const tokens = program.command('tokens').description('manage API tokens and management tokens')

  tokens
    .command('list')
    .description('list your tokens, newest first')
    .option('--state <states>', 'live, expired or revoked; several separated by commas')
    .option('--expiring <days>', 'only tokens that expire within this many days', wholeNumber)
    .option('--query <text>', 'a part of the name, or the first characters of the token')
    .action(async (options: { state?: string; expiring?: number; query?: string }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const query = { state: options.state, expiring: options.expiring, q: options.query }
      out.table(await take((await client()).list('/v1/tokens', { params: { query } })), COLUMNS)
    })

  tokens
    .command('create')
    .description('create a token, and print it; it is shown only once')
    .argument('<name>')
    .requiredOption('--days <days>', 'days until it expires; 0 = never', wholeNumber)
    .addOption(new Option('--format <format>').choices(['opaque', 'jwt']).default('opaque'))
    .option('--workspace <workspace>', 'limit it to listeners of this workspace; can be repeated', collect)
    .option('--listener <listener>', 'limit it to this listener; can be repeated', collect)
    .option('--allow-ip <cidr>', 'accept calls only from these addresses; can be repeated', collect)
    .option('--limit <calls/seconds>', 'the rate limit, for example 100/60', rate)
    .option('--daily-quota <calls>', 'the most calls in a UTC day', wholeNumber)
    .option(
      '--permission <permission>',
      'make it a management token with this permission, for example runs:read; can be repeated',
      permissions
    )
    .option('--description <text>', 'a description for people')
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
          'The token is shown only now.'
      )
    })

  tokens
    .command('rotate')
    .description('replace a token by a new one, and print it; it is shown only once')
    .argument('<id>', TOKEN)
    .requiredOption('--overlap <seconds>', 'how long the old token keeps working; 0 = not at all', wholeNumber)
    .option('--stdin', "read the account's password from standard input")
    .action(async (text: string, options: { overlap: number; stdin?: boolean }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const body = { overlapSeconds: options.overlap, password: await readPassword(io, options.stdin) }
      const signedIn = await client()
      const tokenId = await tokenOf(signedIn, text)
      const issued = await signedIn.POST('/v1/tokens/{tokenId}/rotate', { params: { path: { tokenId } }, body })
      out.value(issued, issued.token)
      out.note(`${issued.id} replaces ${tokenId}. The token is shown only now.`)
    })

  tokens
    .command('revoke')
    .description('revoke a token at once: by its id or name, or by its text from standard input')
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
      'show what a credential is, and the result of each check; reads it from the terminal, SLUICE_TOKEN or --stdin'
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
    .description('list the calls of a token by day and outcome')
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
    .description('list the refused calls of a token with their reasons, newest first')
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
