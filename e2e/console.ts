import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { firstSignInLink } from '#features/identity/index.ts'
import { assert } from '#kernel/assert.ts'
import { type RunningHub, runningHub } from '#test-support/hub.ts'
import { playSmallWorld, type SmallWorld } from './small-world.ts'

/** A browser before a hub of its own; what is in the hub is written down in `small-world.ts`. */
export type ConsoleUnderTest = {
  readonly running: RunningHub
  readonly browser: Browser
  readonly context: BrowserContext
  readonly page: Page
  /** The one-time link that a first start prints. */
  readonly signInPath: string
  readonly world: SmallWorld | null
  /** What the browser complained of: uncaught errors, refused content policy. */
  readonly complaints: string[]
  readonly close: () => Promise<void>
}

export const PASSWORD = 'holdfast-e2e-1'
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-quic',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
]
const WAIT_MS = 30_000
const FADED_MS = 500

export async function openConsole({ empty = false } = {}): Promise<ConsoleUnderTest> {
  const running = await runningHub()
  const { clock, random, database } = running.hub.core
  const link = await firstSignInLink({ sql: database.db, clock, random })
  assert(link !== null, 'E1')
  const [world, browser] = await Promise.all([
    empty ? null : playSmallWorld(running),
    chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS }),
  ])
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    baseURL: running.hub.url,
    locale: 'zh-CN',
    colorScheme: 'light',
    acceptDownloads: true,
  })
  context.setDefaultTimeout(WAIT_MS)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (line) => {
    if (/Content Security Policy|Warning: /.test(line.text())) complaints.push(line.text())
  })
  return {
    running,
    browser,
    context,
    page,
    signInPath: link.path,
    world,
    complaints,
    close: async () => {
      await browser.close()
      await world?.stop()
      await running.close()
    },
  }
}

/** Through the one-time link, as on a first start. */
export async function signIn({ page, signInPath }: ConsoleUnderTest): Promise<void> {
  await page.goto(signInPath)
  await page.getByLabel('新密码', { exact: true }).fill(PASSWORD)
  await page.getByLabel('再次输入新密码').fill(PASSWORD)
  await page.getByRole('button', { name: '设置密码并进入' }).click()
  await page.getByRole('navigation', { name: '主导航' }).waitFor()
}

/** Kept in the browser as the switches keep it, so that every page of the context starts so. */
export async function dress(page: Page, language: 'zh' | 'en', theme: 'light' | 'dark'): Promise<void> {
  const set = (name: string, value: string): string =>
    `localStorage.setItem('holdfast.${name}', '${JSON.stringify(value)}')`
  await page.evaluate(`${set('language', language)};${set('theme', theme)}`)
  await page.reload()
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
type Finding = { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }

/** Serious and critical findings of axe-core on the page as it stands, in a line each; empty is what is wanted. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Colours are judged as they stay, not half way through a fade.
  await page.waitForTimeout(FADED_MS)
  await page.evaluate(AXE)
  const found = await page.evaluate<Finding[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
       violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
         .map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 3)
           .map(({ html, failureSummary }) => ({ html, failureSummary })) })))`,
  )
  return found.flatMap(({ id, impact, nodes }) =>
    nodes.map(
      ({ html, failureSummary }) => `${impact} ${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 160)}`,
    ),
  )
}
