import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { liven, type Examples } from './console/liven.ts'
import { openBrowser, signIn } from './console/open-browser.ts'
import { runSeed, type Person } from './console/run-seed.ts'
import { withFreshGateway } from './console/start-fresh.ts'

// npm run console:shots -- [path…]: a PNG of each page of the console into .shots, from the data of `npm run seed`,
// to look at: light and dark, wide and narrow. With paths such as /tokens, of these pages alone. With --readme, the two
// pictures of the README.

const FOLDER = path.join(import.meta.dirname, '../../.shots')
const VIEWS = [
  { name: 'light', colorScheme: 'light', width: 1280, height: 800 },
  { name: 'dark', colorScheme: 'dark', width: 1280, height: 800 },
  { name: 'light-390', colorScheme: 'light', width: 390, height: 844 },
  { name: 'dark-390', colorScheme: 'dark', width: 390, height: 844 }
] as const

// Not a static import: the pages behind it are typed for browsers.
const { PAGES } = (await import(new URL('../../src/console/pages/registry.ts', import.meta.url).href)) as {
  PAGES: readonly { path: string }[]
}
const IMAGES = path.join(import.meta.dirname, '../../docs/images')
const README_VIEW = { colorScheme: 'light', viewport: { width: 1120, height: 640 } } as const
const README_PAGES = [
  ['', 'console-home.png'],
  ['/tokens', 'console-tokens.png']
] as const

const forReadme = process.argv.includes('--readme')
const wanted = process.argv.slice(2).filter((argument) => argument !== '--readme')

await withFreshGateway(async (gateway) => {
  const seeded = await runSeed(gateway)
  const paths = pathsOf(await liven({ url: gateway.url, ...seeded }))
  await rm(FOLDER, { recursive: true, force: true })
  for (const folder of [FOLDER, IMAGES]) await mkdir(folder, { recursive: true })
  const browser = await openBrowser()
  try {
    if (forReadme) await shootForReadme(browser, gateway.url, seeded)
    for (const view of forReadme ? [] : VIEWS) {
      // The seeded accounts are not admins, and the admin has no seeded data.
      const ofAdmin = (shown: string): boolean => shown.startsWith('/admin/')
      await shoot(
        browser,
        gateway.url,
        seeded,
        view,
        paths.filter((shown) => !ofAdmin(shown))
      )
      await shoot(browser, gateway.url, gateway.admin, view, paths.filter(ofAdmin))
    }
  } finally {
    await browser.close()
  }
  console.log(`Pictures are in ${forReadme ? IMAGES : FOLDER}`)
})

/** The paths of the pages to show. The page of a resource shows the example, and is left out without one. */
function pathsOf(examples: Examples): string[] {
  return PAGES.map(({ path: pattern }) => pattern)
    .filter((pattern) => wanted.length === 0 || wanted.includes(pattern))
    .flatMap((pattern) => {
      if (!pattern.includes('$')) return [pattern]
      const id = examples.find(([known]) => known === pattern)?.[1]
      return id ? [pattern.replace(/\$\w+/, id)] : []
    })
}

async function shoot(
  browser: Browser,
  url: string,
  person: Person,
  { name, colorScheme, width, height }: (typeof VIEWS)[number],
  shown: readonly string[]
): Promise<void> {
  if (shown.length === 0) return
  const context = await browser.newContext({ colorScheme, viewport: { width, height } })
  const page = await context.newPage()
  await page.goto(`${url}/console/sign-in`)
  await signIn(page, person)
  for (const each of shown) {
    await page.goto(`${url}/console${each}`)
    await settle(page)
    const file = `${each.slice(1).replaceAll('/', '-') || 'home'}.${name}.png`
    await page.screenshot({ path: path.join(FOLDER, file), fullPage: true })
  }
  await context.close()
}

/** Takes the pictures of the README: the part of the page that is visible without scrolling. */
async function shootForReadme(browser: Browser, url: string, person: Person): Promise<void> {
  const page = await browser.newPage(README_VIEW)
  await page.goto(`${url}/console/sign-in`)
  await signIn(page, person)
  for (const [shown, file] of README_PAGES) {
    await page.goto(`${url}/console${shown}`)
    await settle(page)
    await page.screenshot({ path: path.join(IMAGES, file) })
  }
}

/** Waits until nothing is loading. */
async function settle(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
  await page.waitForLoadState('networkidle').catch(() => undefined)
}
