import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { openBrowser, signIn } from './console/open-browser.ts'
import { withFreshGateway } from './console/start-fresh.ts'

// npm run console:first-minute: does what a new user does after `npm start`, in a browser, and prints the seconds of
// each step: signs in with the printed password, creates a token, pastes the line into a shell and sees the call
// arrive. Ends with 1 if that takes longer than a minute.

const LIMIT_SECONDS = 60
const run = promisify(execFile)

await withFreshGateway(async ({ url, admin }) => {
  const browser = await openBrowser()
  try {
    const page = await browser.newPage()
    const startedAt = performance.now()
    const took = (step: string): void => {
      const seconds = (performance.now() - startedAt) / 1000
      console.log(`${seconds.toFixed(1).padStart(6)} s  ${step}`)
    }

    await page.goto(`${url}/console`)
    await page.getByRole('heading', { level: 1, name: 'Sign in to Sluice' }).waitFor()
    took('the console asks to sign in')
    await signIn(page, admin)
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
    took('signed in')

    await page.getByRole('region', { name: 'Get started' }).getByRole('link', { name: 'Create a token' }).click()
    await page.getByLabel('Your password', { exact: true }).fill(admin.password)
    await page.getByRole('button', { name: 'Create token', exact: true }).click()
    await page.getByRole('heading', { name: 'Copy your token now' }).waitFor()
    took('the token is made')

    const line = await page.getByRole('region', { name: 'curl example' }).innerText()
    const { stdout } = await run('sh', ['-c', line])
    took(`the line answers ${stdout.trim()}`)
    const calls = page.getByRole('region', { name: 'Calls as they arrive' })
    await calls.getByRole('row').filter({ hasText: 'Price lookup' }).getByText('200', { exact: true }).waitFor()
    took('the call is on the page')

    if (performance.now() - startedAt > LIMIT_SECONDS * 1000) {
      console.error(`That is more than ${LIMIT_SECONDS} seconds.`)
      process.exitCode = 1
    }
  } finally {
    await browser.close()
  }
})
