import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Product {
  sku: string
  name: string
  price: number
  currency: string
}

const PRODUCTS: readonly Product[] = [
  { sku: 'A-100', name: 'Café table', price: 129.5, currency: 'EUR' },
  { sku: 'A-200', name: 'Garden chair', price: 49, currency: 'EUR' },
  { sku: 'B-300', name: 'Parasol, 3 m', price: 219.99, currency: 'EUR' }
]
const STOCK: Readonly<Record<string, number>> = { 'A-100': 12, 'A-200': 0, 'B-300': 3 }

export interface DemoUpstream {
  url: string
  port: number
  close(): Promise<void>
}

/**
 * Starts a small ERP on loopback: `GET /products`, `GET /products/:sku`, `GET /stock/:sku`. Port 0 chooses a free port.
 */
export async function startDemoUpstream(port: number): Promise<DemoUpstream> {
  const server = createServer((request, response) => {
    const { status, body } = answer(new URL(request.url ?? '/', 'http://demo').pathname)
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  })
  await listen(server, port)
  const taken = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${taken}`,
    port: taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

function answer(path: string): { status: number; body: unknown } {
  const [, collection, sku, ...rest] = path.split('/').map(decodeSegment)
  const product = PRODUCTS.find((candidate) => candidate.sku === sku)
  if (collection === 'products' && sku === undefined) return { status: 200, body: PRODUCTS }
  if (collection === 'products' && product && rest.length === 0) return { status: 200, body: product }
  if (collection === 'stock' && product && rest.length === 0)
    return { status: 200, body: { sku: product.sku, onHand: STOCK[product.sku] ?? 0 } }
  return { status: 404, body: { error: 'not found' } }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}
