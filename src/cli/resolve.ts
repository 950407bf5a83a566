import type { Client } from '../client/index.ts'
import { CliError } from './io.ts'

interface Named {
  id: string
  name: string
}

/** The option that names a workspace, as {@link workspaceOf} reads it. */
export const WORKSPACE = ['--workspace <workspace>', 'the id, name or key of a workspace'] as const

const ID = /^(?:acc|wsp|flw|lsn|tok)_[0-9A-Za-z]+$/

/** The id of a workspace by its id, name or key. @throws CliError unless exactly one workspace fits */
export async function workspaceOf(client: Client, text: string): Promise<string> {
  if (ID.test(text)) return text
  const fitting = (workspace: Named & { key: string }): boolean => workspace.name === text || workspace.key === text
  return only('workspace', text, client.list('/v1/workspaces'), fitting)
}

/**
 * The id of a flow by its id or name, in one workspace or in all of the caller's.
 * @throws CliError unless exactly one fits
 */
export async function flowOf(client: Client, text: string, workspace?: string): Promise<string> {
  if (ID.test(text)) return text
  return only('flow', text, inWorkspaces(client, workspace, flowsOf), byName(text))

  function flowsOf(workspaceId: string): AsyncIterable<Named> {
    return client.list('/v1/workspaces/{workspaceId}/flows', { params: { path: { workspaceId }, query: { q: text } } })
  }
}

/** The id of a listener by its id, name or key, as {@link flowOf}. @throws CliError unless exactly one fits */
export async function listenerOf(client: Client, text: string, workspace?: string): Promise<string> {
  if (ID.test(text)) return text
  const fitting = ({ name, key }: Named & { key: string | null }): boolean => name === text || key === text
  return only('listener', text, inWorkspaces(client, workspace, listenersOf), fitting)

  function listenersOf(workspaceId: string): AsyncIterable<Named & { key: string | null }> {
    return client.list('/v1/workspaces/{workspaceId}/listeners', { params: { path: { workspaceId } } })
  }
}

/** The id of one of the caller's tokens by its id or name; names are unique among live tokens. @throws CliError */
export async function tokenOf(client: Client, text: string): Promise<string> {
  if (ID.test(text)) return text
  const query = { q: text, state: 'live' }
  return only('live token', text, client.list('/v1/tokens', { params: { query } }), byName(text))
}

/** The id of an account by its id or e-mail, for admins. @throws CliError unless exactly one fits */
export async function accountOf(client: Client, text: string): Promise<string> {
  if (ID.test(text)) return text
  const accounts = client.list('/v1/admin/accounts', { params: { query: { q: text } } })
  return only('account', text, accounts, ({ email }) => email === text.toLowerCase())
}

/** The id of a member's account by its id or e-mail. @throws CliError unless exactly one fits */
export async function memberOf(client: Client, workspaceId: string, text: string): Promise<string> {
  if (ID.test(text)) return text
  const members = client.list('/v1/workspaces/{workspaceId}/members', { params: { path: { workspaceId } } })
  const named = mapped(members, ({ accountId, email, name }) => ({ id: accountId, email, name }))
  return only('member', text, named, ({ email }) => email === text.toLowerCase())
}

/** The items of one workspace, or of all workspaces of the caller. */
export async function* inWorkspaces<T>(
  client: Client,
  workspace: string | undefined,
  itemsOf: (workspaceId: string) => AsyncIterable<T>
): AsyncGenerator<T> {
  if (workspace !== undefined) yield* itemsOf(await workspaceOf(client, workspace))
  else for await (const { id } of client.list('/v1/workspaces')) yield* itemsOf(id)
}

function byName(text: string): (item: Named) => boolean {
  return ({ name }) => name === text
}

async function* mapped<T, U>(items: AsyncIterable<T>, map: (item: T) => U): AsyncGenerator<U> {
  for await (const item of items) yield map(item)
}

async function only<T extends Named>(
  what: string,
  text: string,
  items: AsyncIterable<T>,
  fits: (item: T) => boolean
): Promise<string> {
  const found: string[] = []
  for await (const item of items) if (fits(item)) found.push(item.id)
  const [id, ...others] = found
  if (id === undefined) throw new CliError(`There is no ${what} named "${text}" that you can see.`)
  if (others.length > 0) throw new CliError(`Several have the name "${text}". Give the id of one: ${found.join(', ')}.`)
  return id
}
