import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on loopback that answers instead of public ones. */
export interface StandIns {
  /** The same URL, at this server. */
  redirect(url: string): string
  close(): Promise<void>
}

const PETS = [
  { id: 1, name: 'Rex', status: 'available', photoUrls: [], tags: [] },
  { id: 2, name: 'Tom', status: 'available', photoUrls: [], tags: [] },
  { id: 3, name: 'Polly', status: 'sold', photoUrls: [], tags: [] }
]

const PETSTORE = {
  swagger: '2.0',
  info: { title: 'Stand-in', version: '1.0.0' },
  host: 'petstore.swagger.io',
  basePath: '/v2',
  schemes: ['https', 'http'],
  paths: {
    '/pet/findByStatus': {
      get: {
        operationId: 'findPetsByStatus',
        produces: ['application/json'],
        parameters: [
          {
            name: 'status',
            in: 'query',
            required: true,
            type: 'array',
            items: { type: 'string' },
            collectionFormat: 'multi'
          }
        ],
        responses: { 200: { description: 'pets' } }
      }
    },
    '/pet/{petId}': {
      get: {
        operationId: 'getPetById',
        produces: ['application/json'],
        parameters: [{ name: 'petId', in: 'path', required: true, type: 'integer' }],
        responses: { 200: { description: 'a pet' } }
      }
    }
  }
}

export async function startStandIns(): Promise<StandIns> {
  const server = createServer((request, response) =>
    answer(
      new URL(request.url ?? '/', `http://${String(request.headers['x-stand-in'] ?? 'unknown')}`),
      request,
      response
    )
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    redirect: (url) => {
      const { hostname, pathname, search } = new URL(url)
      return `http://127.0.0.1:${port}/${hostname}${pathname}${search}`
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

function answer(url: URL, request: IncomingMessage, response: ServerResponse): void {
  const [, host = '', ...rest] = url.pathname.split('/')
  const path = `/${rest.join('/')}`
  const send = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
  request.resume()
  if (host === 'petstore.swagger.io') return petstore(path, url, request, send)
  if (host === 'httpbin.org') return httpbin(path, request, send)
  if (host === 'swapi.dev')
    return path === '/api/people/'
      ? send(200, { count: 0, results: [] })
      : send(200, { name: 'Somebody', homeworld: 'https://swapi.dev/api/planets/1/' })
  send(200, { host, method: request.method, path })
}

function petstore(
  path: string,
  url: URL,
  request: IncomingMessage,
  send: (status: number, value: unknown) => void
): void {
  const id = /^\/v2\/pet\/(\d+)$/.exec(path)?.[1]
  if (path === '/v2/swagger.json') return send(200, PETSTORE)
  if (path === '/v2/pet/findByStatus') {
    const wanted = url.searchParams.getAll('status')
    return send(
      200,
      PETS.filter((pet) => wanted.includes(pet.status))
    )
  }
  const pet = PETS.find(({ id: known }) => known === Number(id)) ?? (request.method === 'PUT' ? PETS[0] : undefined)
  return pet === undefined ? send(404, { code: 1, type: 'error', message: 'Pet not found' }) : send(200, pet)
}

function httpbin(path: string, request: IncomingMessage, send: (status: number, value: unknown) => void): void {
  const [, user, password] = /^\/basic-auth\/([^/]+)\/([^/]+)$/.exec(path) ?? []
  if (user === undefined || password === undefined) return send(404, {})
  const pair = `${decodeURIComponent(user)}:${decodeURIComponent(password)}`
  const expected = `Basic ${Buffer.from(pair).toString('base64')}`
  return request.headers.authorization === expected
    ? send(200, { authenticated: true, user })
    : send(401, { authenticated: false })
}
