import createFetchClient, {
  defaultBodySerializer,
  type HeadersOptions,
  type MaybeOptionalInit,
  type ParseAs,
  type ParseAsResponse
} from 'openapi-fetch'
import type { PathsWithMethod, RequiredKeysOf } from 'openapi-typescript-helpers'
import { ALWAYS, type CallOptions, type Connection, type ConnectionOptions, createConnection } from './connection.ts'
import type { paths } from './openapi.ts'
import { problemOf } from './problem.ts'

export interface ClientOptions extends ConnectionOptions {
  /** Used instead of `JSON.parse`, for example for numbers that a double cannot hold. */
  parse?: (text: string) => unknown
}

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete'

type Init<I> = RequiredKeysOf<I> extends never ? [init?: I & CallOptions] : [init: I & CallOptions]

/** The answer of a successful call, in the form of its `parseAs`; undefined if it has no body. */
export type Answer<Path extends keyof paths, M extends keyof paths[Path], I = unknown> = I extends { parseAs: ParseAs }
  ? ParseAsResponse<unknown, I>
  : Body<JsonOrAny<Contents<paths[Path][M]>>>

/** The bodies of the successful answers of an operation, by media type. */
type Contents<Operation> = Operation extends { responses: infer Responses }
  ? { [Status in keyof Responses & OkStatus]: Responses[Status] }[keyof Responses & OkStatus] extends infer Success
    ? Success extends { content: infer Content }
      ? Content
      : never
    : never
  : never
type OkStatus = 200 | 201 | 202 | '2XX'
/** The client does not ask for another type, so it gets JSON if the operation has JSON. */
type JsonOrAny<Content> = Content extends { 'application/json': infer Json } ? Json : Content[keyof Content]
type Body<Found> = [Found] extends [never] ? undefined : Found

/**
 * One call of the API.
 *
 * @throws ApiProblem if the gateway refuses or fails; Unreachable if there is no answer
 */
export type Call<M extends Method> = <
  Path extends PathsWithMethod<paths, M>,
  I extends MaybeOptionalInit<paths[Path], M>
>(
  path: Path,
  ...init: Init<I>
) => Promise<Answer<Path, M, I>>

/** The paths whose GET returns pages of a list. */
export type ListPath = {
  [Path in PathsWithMethod<paths, 'get'>]: Answer<Path, 'get'> extends { items: unknown[]; nextCursor: string | null }
    ? Path
    : never
}[PathsWithMethod<paths, 'get'>]

/** The type of the items of a list. */
export type Item<Path extends ListPath> = Answer<Path, 'get'> extends { items: (infer T)[] } ? T : never

export interface Client extends Pick<Connection, 'fetch'> {
  GET: Call<'get'>
  PUT: Call<'put'>
  POST: Call<'post'>
  PATCH: Call<'patch'>
  DELETE: Call<'delete'>
  /**
   * Every item of a list, page by page, in its order. A page is fetched when its first item is needed, so a loop that
   * ends early does not fetch the rest.
   *
   * @throws as a call does
   */
  list<Path extends ListPath, I extends MaybeOptionalInit<paths[Path], 'get'>>(
    path: Path,
    ...init: Init<I>
  ): AsyncGenerator<Item<Path>, void, undefined>
}

type AnyInit = CallOptions & { headers?: HeadersOptions; params?: { query?: object }; parseAs?: string }

const LISTS_MAX = 200
/**
 * Creates a client of a gateway's API. Paths, parameters, bodies and answers are typed by its OpenAPI document.
 *
 * @example
 * const sluice = createClient({ url: 'https://sluice.example.com', token: process.env.SLUICE_TOKEN })
 * const { token } = await sluice.POST('/v1/tokens', { body: { name: 'warehouse', days: 30 } })
 * for await (const { name } of sluice.list('/v1/tokens', { params: { query: { expiring: 14 } } })) console.log(name)
 */
export function createClient(options: ClientOptions): Client {
  const { url, headers = {}, parse = JSON.parse as (text: string) => unknown } = options
  const { ownHeaders, retrying, fetch } = createConnection(options)
  const api = createFetchClient<Record<string, Record<Method, object>>>({
    baseUrl: url,
    headers,
    ...ALWAYS,
    bodySerializer: serializeBody,
    querySerializer: { array: { style: 'form', explode: false }, object: { style: 'form', explode: true } }
  })

  async function call(method: Method, path: string, init: AnyInit = {}): Promise<unknown> {
    const { idempotencyKey, repeat, parseAs = 'text', ...rest } = init
    const { data, error, response } = (await api.request(method, path, {
      ...rest,
      parseAs,
      fetch: (request: Request) => retrying(request, repeat),
      headers: { ...(await ownHeaders(idempotencyKey)), ...(rest.headers as object) }
    } as Record<string, unknown>)) as { data?: unknown; error?: unknown; response: Response }
    if (!response.ok) throw problemOf(response, error)
    if (init.parseAs !== undefined || typeof data !== 'string') return data
    if (data === '') return undefined
    return /[/+]json\b/.test(response.headers.get('Content-Type') ?? '') ? parse(data) : data
  }

  async function* list(path: string, init: AnyInit = {}): AsyncGenerator<unknown, void, undefined> {
    const query = { limit: LISTS_MAX, ...init.params?.query }
    let cursor: string | null | undefined
    do {
      const params = { ...init.params, query: { ...query, ...(cursor === undefined ? {} : { cursor }) } }
      const page = (await call('get', path, { ...init, params })) as { items: unknown[]; nextCursor: string | null }
      yield* page.items
      cursor = page.nextCursor
    } while (cursor !== null)
  }

  const by = (method: Method) => (path: string, init?: AnyInit) => call(method, path, init)
  return {
    GET: by('get'),
    PUT: by('put'),
    POST: by('post'),
    PATCH: by('patch'),
    DELETE: by('delete'),
    list,
    fetch
  } as unknown as Client
}

/** Serializes a body. Text that is not JSON, such as YAML of a flow, is sent unchanged. */
function serializeBody(body: unknown, headers?: unknown): unknown {
  const type = headers instanceof Headers ? headers.get('Content-Type') : null
  if (typeof body === 'string' && type !== null && !/[/+]json\b/.test(type)) return body
  // Its type lacks the parameter for headers, which say whether a body is a form.
  return (defaultBodySerializer as (body: unknown, headers: unknown) => unknown)(body, headers)
}
