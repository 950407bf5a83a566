import { cleanPages } from './fixtures/clean-pages.ts'

cleanPages('things')
