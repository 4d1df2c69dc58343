import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fixturesOf } from '#connectors/fuzz.ts'
import { connectors } from '#connectors/index.ts'
import type { Connector, StoredMessage } from '#domain/connector.ts'
import { connectionId } from '#kernel/id.ts'

// Small messages that unfold to large ones, at every reader of what platforms send: refused or read in a moment, with no memory taken
// and no file or address opened.

const ENTITIES = Array.from({ length: 12 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join(
  '',
)
const nested = (open: string, close: string, times: number): string =>
  open.repeat(times) + close.repeat(times)

/** Each by what it tries. */
const BOMBS: Readonly<Record<string, string>> = {
  'a billion laughs': `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">${ENTITIES}]><Request><Body>&l12;</Body></Request>`,
  'one entity, often': `<!DOCTYPE x [<!ENTITY a "${'a'.repeat(50_000)}">]><x>${'&a;'.repeat(40_000)}</x>`,
  'a file as an entity':
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
  'an address as an entity': '<!DOCTYPE x [<!ENTITY f SYSTEM "http://127.0.0.1:9/">]><x>&f;</x>',
  'an entity of parameters': '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><x/>',
  'a document type in UTF-7':
    '+ADw-!DOCTYPE x+AFs-+ADw-!ENTITY f SYSTEM +ACI-file:///etc/passwd+ACI-+AD4-+AF0-+AD4-',
  'deep elements': nested('<a>', '</a>', 30_000),
  'attributes without end': `<a ${Array.from({ length: 20_000 }, (_, i) => `b${i}="1"`).join(' ')}/>`,
  'a comment without end': `<a><!--${'-'.repeat(150_000)}`,
  'text that is never closed': `<a><![CDATA[${']'.repeat(150_000)}`,
  'deep arrays': nested('[', ']', 100_000),
  'deep objects': `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
  'names without end': `{${Array.from({ length: 30_000 }, (_, i) => `"n${i}":${i}`).join()}}`,
  'a number without end': `{"id":1${'0'.repeat(200_000)},"order_no":1e999999999}`,
  'escapes without end': `{"a":"${'\\u0041'.repeat(100_000)}"}`,
  'a form with fields without end': `${'a=1&'.repeat(30_000)}data=1`,
  'a form of percent signs': `data=${'%'.repeat(200_000)}`,
}
const SLOW_MS = 1_500
const LARGE_BYTES = 150 * 1_048_576

async function tryReader(connector: Connector): Promise<void> {
  const fixtures = await fixturesOf(connector)
  if (fixtures === null || fixtures.good.length === 0) return
  const [sample] = fixtures.good
  if (sample === undefined) return
  const topics = new Set(['query', 'push'])
  if ('stored' in sample) topics.add(sample.stored.topic)
  const genuine = Buffer.from('request' in sample ? sample.request.body : sample.stored.body).toString()
  // Where the platform sends forms, inside the field that it sends its message in.
  const fields = ['content', 'data', 'logistics_interface', 'param', 'RequestData', 'bizContent'].filter(
    (name) => genuine.includes(`${name}=`),
  )
  const wrapped = (text: string): string[] => [
    text,
    ...fields.map((name) => `${name}=${encodeURIComponent(text)}`),
  ]
  test(`${connector.kind}: no bomb goes off`, () => {
    for (const [name, bomb] of Object.entries(BOMBS))
      for (const [place, text] of wrapped(bomb.slice(0, 1_000_000)).entries()) {
        const body = new TextEncoder().encode(text)
        const started = process.cpuUsage()
        const heap = process.memoryUsage().rss
        let said = ''
        if ('request' in sample)
          said += JSON.stringify(
            connector.receive?.({ ...sample.request, body }, fixtures.settings, fixtures.now),
          )
        for (const topic of topics) {
          const message = {
            ...{
              id: 'm',
              connection: connectionId('c'),
              transport: 'http',
              topic,
              receivedAt: fixtures.now,
              headers: {},
            },
            body,
          } as unknown as StoredMessage
          said += JSON.stringify(connector.read(message, fixtures.settings), (_key, value) =>
            typeof value === 'bigint' ? String(value) : (value as unknown),
          )
        }
        // Of the processor, not of the clock: other tests run beside this one.
        const spent = process.cpuUsage(started)
        const ms = (spent.user + spent.system) / 1_000
        assert.ok(ms < SLOW_MS, `${name} (${place}): ${ms.toFixed(0)} ms`)
        assert.ok(process.memoryUsage().rss - heap < LARGE_BYTES, `${name} (${place}): memory`)
        assert.doesNotMatch(said, /root:.*:0:0:/, name)
      }
  })
}

for (const connector of connectors) await tryReader(connector)
