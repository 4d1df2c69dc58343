import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { assert } from '#kernel/assert.ts'
import { type Random, seededRandom } from '#kernel/random.ts'
import { HOSTILE, isMarked, marked } from './hostile.ts'
import { broken, type Json, type Operation, readOperations, valueFor, withTexts } from './open-api.ts'

// Requests made from openapi.json against a running hub, valid ones and broken ones: nothing is a 5xx, every "no" is a problem
// with a code that docs/errors.md has a line for, every "yes" is what its schema says, and a text comes back as it was sent.

export type FuzzReport = {
  readonly calls: number
  readonly operations: number
  readonly byStatus: Readonly<Record<string, number>>
  /** Operations that never said yes: what they do was not reached. */
  readonly neverOk: readonly string[]
  readonly findings: readonly string[]
}

export type FuzzTarget = { readonly url: string; readonly key: string }

/** What cannot be asked in turn, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'GET /api/orders/stream': 'never ends',
  'DELETE /api/keys/{id}': 'would end the key that asks',
  'POST /api/drills/runs': 'starts a hub of its own for each yes',
}
const ERRORS = readFileSync(fileURLToPath(new URL('../../docs/errors.md', import.meta.url)), 'utf8')
const TIMEOUT_MS = 15_000
const FINDINGS_MOST = 40

/** Asks until `calls` were made or `seconds` are over, in turns over all operations. The same seed asks the same, as far as the answers do. */
export async function fuzzApi(
  target: FuzzTarget,
  { seed, calls = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY, pool = [] }: FuzzOptions,
): Promise<FuzzReport> {
  assert(Number.isFinite(calls) || Number.isFinite(seconds), 'T1')
  const random = seededRandom(seed)
  const document = (await (await fetch(`${target.url}/api/openapi.json`)).json()) as Json
  const operations = readOperations(document).filter(({ name }) => LEFT_OUT[name] === undefined)
  const ids = [...pool]
  const findings = new Set<string>()
  const byStatus: Record<string, number> = {}
  const good = new Set<string>()
  const ends = performance.now() + seconds * 1_000
  let made = 0
  while (made < calls && performance.now() < ends && findings.size < FINDINGS_MOST) {
    const round = operations.toSorted(() => random.next() - 0.5)
    for (const operation of round) {
      if (made >= calls || performance.now() >= ends) break
      const request = requestFor(operation, ids, random)
      const { status, words, ok, names } = await ask(target, operation, request)
      made += 1
      byStatus[status] = (byStatus[status] ?? 0) + 1
      if (words !== null) findings.add(`${operation.name} #${made}: ${words}`)
      if (ok) good.add(operation.name)
      for (const name of names) if (ids.length < 2_000) ids.push(name)
    }
  }
  const neverOk = operations.map(({ name }) => name).filter((name) => !good.has(name))
  return { calls: made, operations: operations.length, byStatus, neverOk, findings: [...findings] }
}

export type FuzzOptions = {
  readonly seed: number
  readonly calls?: number
  readonly seconds?: number
  /** Ids, numbers and codes that the hub knows, to be put into paths. */
  readonly pool?: readonly string[]
}

type Request = { readonly path: string; readonly body: string | undefined }

function requestFor(operation: Operation, ids: readonly string[], random: Random): Request {
  const hostile = (): string => marked(HOSTILE[Math.floor(random.next() * HOSTILE.length)] ?? '', random)
  const plain = (schema: Json): string => String(valueFor(schema, random) ?? '')
  let path = operation.path
  const query = new URLSearchParams()
  for (const param of operation.params) {
    if (param.in === 'path') {
      const known = ids[Math.floor(random.next() * ids.length)]
      const way = random.next()
      const text = way < 0.6 && known !== undefined ? known : way < 0.8 ? plain(param.schema) : hostile()
      path = path.replace(`{${param.name}}`, encodeURIComponent(text.toWellFormed()) || 'x')
    } else if (param.in === 'query' && (param.required || random.next() < 0.4)) {
      const fitting = random.next() < 0.7
      query.set(param.name, (fitting ? plain(param.schema) : hostile()).toWellFormed())
    }
  }
  const asked = query.size === 0 ? path : `${path}?${query}`
  return { path: asked, body: bodyFor(operation, ids, hostile, random) }
}

function bodyFor(
  { body, fits, method }: Operation,
  ids: readonly string[],
  hostile: () => string,
  random: Random,
): string | undefined {
  if (body === null) {
    if (method === 'GET' || method === 'DELETE' || random.next() < 0.5) return undefined
    const text = HOSTILE[Math.floor(random.next() * HOSTILE.length)] ?? ''
    return random.next() < 0.5 ? `name,qty\n${text},1\n` : JSON.stringify({ [text]: text })
  }
  const value = valueFor(body, random)
  const way = random.next()
  if (way < 0.15) return JSON.stringify(broken(value, random))
  if (way < 0.18) return `{"a":${'['.repeat(200)}`
  const known = (): string => ids[Math.floor(random.next() * ids.length)] ?? '1'
  const text = (): string => (random.next() < 0.5 ? hostile() : known())
  return JSON.stringify(withTexts(value, text, random, (whole) => fits?.(whole) === true))
}

type Asked = {
  readonly status: string
  /** What is wrong with the answer, or null. */
  readonly words: string | null
  readonly ok: boolean
  readonly names: readonly string[]
}

async function ask({ url, key }: FuzzTarget, operation: Operation, { path, body }: Request): Promise<Asked> {
  const sent = body === undefined ? '' : ` with ${body.slice(0, 600)}`
  try {
    const answer = await fetch(`${url}${path}`, {
      method: operation.method,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined
          ? {}
          : { 'content-type': operation.body === null ? 'application/octet-stream' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    })
    const text = await answer.text()
    const type = answer.headers.get('content-type') ?? ''
    const words = judge(operation, answer.status, type, text)
    const ok = answer.status < 300
    const names = ok && type.includes('json') && text.length < 200_000 ? namesIn(JSON.parse(text)) : []
    return {
      status: String(answer.status),
      words: words === null ? null : `${words}: ${path}${sent}: ${text.slice(0, 600)}`,
      ok,
      names,
    }
  } catch (error) {
    const cause = error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : String(error)
    return { status: 'none', words: `no answer (${cause}): ${path}${sent}`, ok: false, names: [] }
  }
}

function judge(operation: Operation, status: number, type: string, text: string): string | null {
  if (type.includes('html')) return `${status} as HTML`
  if (status >= 400) {
    if (!type.startsWith('application/problem+json') && operation.scope !== null)
      return `${status} is no problem+json but ${type}`
    const code = type.includes('json') ? String((JSON.parse(text) as { code?: unknown }).code) : null
    if (status >= 500) return isOutward(code) ? null : `${status} ${code}`
    if (code !== null && !ERRORS.includes(`\`${code}\``)) return `${code} has no line in docs/errors.md`
    return null
  }
  const check = operation.answers.get(String(status))
  if (check === undefined) return `${status} is not documented`
  if (check === null || !type.includes('json')) return null
  const value = JSON.parse(text) as unknown
  if (!check(value)) return `${status} is not as its schema: ${JSON.stringify(check.errors?.slice(0, 2))}`
  const bent = isMarked(text)
  return bent === null ? null : `a text came back as another: ${bent}`
}

/** Another system did not answer what we asked of it: no fault of the hub. */
function isOutward(code: string | null): boolean {
  return code !== null && /^(http_client|network|target|INV_LOCK_TIMEOUT|stock\.answer_late)/.test(code)
}

const NAMES = /^(id|code|key|sku|orderNo|number|name|account|kind|rule|connection|warehouse|\w*Id)$/

function namesIn(value: unknown, depth = 0): string[] {
  if (typeof value !== 'object' || value === null || depth > 6) return []
  return Object.entries(value)
    .slice(0, 40)
    .flatMap(([name, inner]) =>
      typeof inner === 'string' && NAMES.test(name) && inner.length < 80
        ? [inner]
        : namesIn(inner, depth + 1),
    )
    .slice(0, 30)
}
