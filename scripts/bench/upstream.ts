import { createServer } from 'node:http'

const body = Buffer.from(
  JSON.stringify({
    id: 'ord-1001',
    total: 12345,
    items: Array.from({ length: 5 }, (_, index) => ({ sku: `A-${index}`, quantity: index }))
  })
)
createServer((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body)
}).listen(Number(process.argv[2]), '127.0.0.1', () => process.send?.('ready'))
