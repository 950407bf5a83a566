import { writeFile } from 'node:fs/promises'
import { withFreshGateway } from './console/start-fresh.ts'
import { describeTypes } from './client/describe-types.ts'

// npm run client:types: writes the types of @sluice/client again, after a route or its schema has changed.
const FILE = new URL('../../src/client/openapi.ts', import.meta.url)

await withFreshGateway(async ({ url }) => {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as object
  await writeFile(FILE, await describeTypes(document))
})
