import { cleanInScheme } from './fixtures/clean-pages.ts'

cleanInScheme('light', 'things')
