import { existsSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import type { Claim } from '#domain/claim.ts'
import type { Connector, InboundRequest, Settings, StoredMessage } from '#domain/connector.ts'
import { connectionId } from '#kernel/id.ts'
import type { Random } from '#kernel/random.ts'
import { readForm } from './carriers/form.ts'
import type { ContractFixtures, Sample } from './contract.ts'
import { type JsonValue, readJson } from './json.ts'

// Mutations of what really comes, thrown at every reader: no exception, no hang, and no fact that the message does not say.

/** What one reader made of its mutations. */
export type FuzzReport = {
  readonly kind: string
  readonly runs: number
  readonly read: number
  readonly refused: number
  /** Longest single message, in milliseconds, of several tries where the first was slow. */
  readonly slowestMs: number
  /** Each as a line with the seed's serial, so that it can be made again. */
  readonly findings: readonly string[]
}

export const HANG_MS = 50
const FINDINGS_MOST = 5
const CODE = /^[a-z][a-z0-9_]*(-[a-z0-9_]+)*\.[a-z0-9_]+$/

const FOLDERS = { channel: 'channels', carrier: 'carriers', warehouse: 'warehouses', notifier: 'notifiers' }

/** The hand-made messages of a connector; null where it has none. */
export async function fixturesOf(connector: Connector): Promise<ContractFixtures | null> {
  const address = new URL(`./${FOLDERS[connector.role]}/${connector.kind}/fixtures/index.ts`, import.meta.url)
  if (!existsSync(address)) return null
  const { contractFixtures } = (await import(address.href)) as { contractFixtures: ContractFixtures }
  return contractFixtures
}

/** Reads `runs` mutations of the fixtures; the same random source makes the same ones. */
export function fuzzConnector(
  connector: Connector,
  fixtures: ContractFixtures,
  random: Random,
  runs: number,
): FuzzReport {
  const samples = [...fixtures.good, ...fixtures.unknown].map((sample) =>
    messageOf(connector, fixtures, sample),
  )
  const facts = new Set(connector.codes.flatMap(({ code, fact }) => (fact === 'none' ? [] : [code])))
  const findings: string[] = []
  const sums = { read: 0, refused: 0, slowestMs: 0 }
  for (let run = 0; run < runs && findings.length < FINDINGS_MOST && samples.length > 0; run += 1) {
    const { request, message } = samples[Math.floor(random.next() * samples.length)] as Ready
    const body = mutate(message.body, samples, random)
    const say = (words: string): void => void findings.push(`${connector.kind} #${run}: ${words}`)
    try {
      const ms = timed(() => {
        if (request !== null) connector.receive?.({ ...request, body }, fixtures.settings, fixtures.now)
        connector.read({ ...message, body }, fixtures.settings)
      })
      sums.slowestMs = Math.max(sums.slowestMs, ms)
      if (ms > HANG_MS) say(`${Math.round(ms)} ms for ${body.length} bytes`)
      const reading = connector.read({ ...message, body }, fixtures.settings)
      if (!reading.ok && !CODE.test(reading.refusal.code))
        say(`refused without a code: ${reading.refusal.code}`)
      sums[reading.ok ? 'read' : 'refused'] += 1
      if (reading.ok && connector.role === 'carrier')
        for (const words of unsaid(reading.value.claims, body, facts, fixtures.settings)) say(words)
    } catch (error) {
      say(`threw ${error instanceof Error ? (error.stack ?? error.message).slice(0, 400) : String(error)}`)
    }
  }
  return { kind: connector.kind, runs, ...sums, findings }
}

type Ready = { readonly request: InboundRequest | null; readonly message: StoredMessage }

function messageOf(connector: Connector, { settings, now }: ContractFixtures, sample: Sample): Ready {
  const connection = connectionId('fuzz')
  if ('stored' in sample)
    return { request: null, message: { connection, headers: {}, receivedAt: now, ...sample.stored } }
  const receipt = connector.receive?.(sample.request, settings, now)
  const topic = receipt?.verdict === 'accepted' ? receipt.topic : 'unnamed'
  const { headers, body } = sample.request
  return { request: sample.request, message: { connection, topic, headers, body, receivedAt: now } }
}

/** Least of four where the first was slow: a collection of garbage or another process is no hang. */
function timed(act: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const start = performance.now()
    act()
    least = Math.min(least, performance.now() - start)
    if (least <= HANG_MS / 2) return least
  }
  return least
}

/** Of each claim that makes a fact: number, code and time must stand in the message. */
function unsaid(
  claims: readonly Claim[],
  body: Uint8Array,
  facts: ReadonlySet<string>,
  settings: Settings,
): string[] {
  const said = plain(everythingSaid(body, settings))
  const isSaid = (text: string): boolean => said.includes(plain(text))
  return claims.flatMap(({ subject, code, at }) => {
    if (!facts.has(code)) return []
    const who = subject.by === 'parcel' ? subject.trackingNo : subject.orderNo
    if (!isSaid(who)) return [`a fact about ${who}, which the message does not name`]
    const name = code.slice(code.indexOf(':') + 1)
    if (!name.split(/[:/|*]/).every(isSaid)) return [`the fact ${code}, which the message does not say`]
    if (at.instant === null || timeParts(at.raw).every(isSaid)) return []
    return [`the time ${at.raw}, which the message does not say`]
  })
}

function timeParts(raw: string): readonly string[] {
  const json = raw.startsWith('{') || raw.startsWith('[') ? readJson(raw) : null
  if (json === null || !json.ok) return [raw]
  return leaves(json.value)
}

/** The text as it came, its form decoded, every value of its JSON (also of JSON inside a text), XML with its entities read. */
function everythingSaid(body: Uint8Array, settings: Settings): string {
  const text = Buffer.from(body).toString('utf8')
  const form = [...(readForm(body) ?? new Map<string, string>()).entries()].flat()
  const texts = [text, ...form]
  const inner = texts.flatMap((one) => {
    const json = /^\s*[{[]/.test(one) ? readJson(one) : null
    return json?.ok === true ? deepLeaves(json.value, 0) : []
  })
  const entities = texts.map((one) =>
    one
      .replace(/&#x([0-9a-f]{1,5});/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
      .replace(/&#(\d{1,6});/g, (_, digits: string) =>
        String.fromCodePoint(Math.min(Number(digits), 0x10ffff)),
      )
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&apos;', "'")
      .replaceAll('&amp;', '&'),
  )
  return [...texts, ...inner, ...entities, ...Object.values(settings)].join('\n')
}

function deepLeaves(value: JsonValue, depth: number): readonly string[] {
  return leaves(value).flatMap((leaf) => {
    const json = depth < 3 && /^\s*[{[]/.test(leaf) ? readJson(leaf) : null
    return json?.ok === true ? [leaf, ...deepLeaves(json.value, depth + 1)] : [leaf]
  })
}

function leaves(value: JsonValue): readonly string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value === 'boolean') return []
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap(leaves)
  return Object.entries(value).flatMap(([key, item]) => [key, ...leaves(item as JsonValue)])
}

function plain(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd').replace(/\s+/g, '').toUpperCase()
}

const TOKENS = [
  '', '0', '-1', '1e999', '9'.repeat(400), 'null', 'true', '[]', '{}', '""', '"', '\\', '\\u0000', '\\ud800', ',', ':', '<', '&',
  '%', '%00', '\u0000', '\u2028', '𝟏', '１２', '2026-02-30 25:61:61', '2026-02-11T18:44:22+99:99', '0001-01-01', '\n', 'a'.repeat(5_000),
  '['.repeat(200), '{"a":'.repeat(100), '__proto__', 'constructor',
] // biome-ignore format: a list of nasty things
const TOKEN_BYTES = TOKENS.map((token) => new TextEncoder().encode(token))

/** One to four changes: a byte, a cut, a copy, a nasty token, a piece of another message, an end too early. */
function mutate(from: Uint8Array, samples: readonly Ready[], random: Random): Uint8Array {
  const below = (n: number): number => Math.floor(random.next() * n)
  let body: Buffer = Buffer.from(from)
  for (let times = 1 + below(4); times > 0; times -= 1) {
    const at = below(body.length + 1)
    const length = below(random.next() < 0.8 ? 12 : body.length + 1)
    const head = body.subarray(0, at)
    const tail = body.subarray(at)
    switch (below(6)) {
      case 0:
        body = Buffer.from(body)
        if (at < body.length) body[at] = below(256)
        break
      case 1:
        body = Buffer.concat([head, tail.subarray(length)])
        break
      case 2:
        body = Buffer.concat([head, tail.subarray(0, length), tail])
        break
      case 3:
        body = Buffer.concat([head, TOKEN_BYTES[below(TOKEN_BYTES.length)] ?? head, tail.subarray(below(4))])
        break
      case 4: {
        const other = (samples[below(samples.length)] as Ready).message.body
        const start = below(other.length + 1)
        body = Buffer.concat([head, other.subarray(start, start + length), tail.subarray(length)])
        break
      }
      default:
        body = Buffer.from(random.next() < 0.1 ? head : body)
        if (at < body.length) body[at] = (body[at] ?? 0) ^ (1 << below(8))
    }
  }
  return body
}
