import { openEngine, type EngineOptions } from './fixtures.ts'

const [url, options] = process.argv.slice(2)
await openEngine(String(url), JSON.parse(String(options)) as EngineOptions)
// Exits with its parent process.
process.once('disconnect', () => process.exit(0))
process.send?.('ready')
