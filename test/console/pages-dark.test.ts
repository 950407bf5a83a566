import { cleanInScheme } from './fixtures/clean-pages.ts'

cleanInScheme('dark', 'pages')
