import { exampleEnvironment } from '../../src/config.ts'

// npm run env:example > .env.example
process.stdout.write(exampleEnvironment())
