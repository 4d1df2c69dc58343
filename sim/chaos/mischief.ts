import { request } from 'node:http'
import type { Random } from '#kernel/random.ts'
import type { Book, Mischief } from './book.ts'
import { acknowledges, contentHash, type Sent } from './ledger.ts'

// What comes to a public address besides the platforms: messages of theirs sent again, altered, cut short or broken off.

const KINDS: readonly Mischief[] = ['replay', 'tamper', 'cut_short', 'broken_off']
/** Where in a body the part begins that the platform signs; elsewhere: all of it. */
const SIGNED_FROM: Readonly<Record<string, string>> = {
  kdniao: 'RequestData=',
  kuaidi100: 'param=',
  youzan: '"msg":"',
}
/** 顺丰 signs no body: who knows its shared header may say anything, so altering proves nothing there. */
const SIGNS_NOTHING = new Set(['sf'])

export async function makeMischief(
  { book, random }: { readonly book: Book; readonly random: Random },
  sent: Sent,
  url: string,
): Promise<void> {
  const wanted = KINDS[Math.floor(random.next() * KINDS.length)] ?? 'replay'
  const how = SIGNS_NOTHING.has(sent.kind) && wanted !== 'broken_off' ? 'replay' : wanted
  const body = bodyFor(how, sent)
  const answer = await post(url, sent.headers, body, how === 'broken_off')
  const status = answer?.status ?? null
  const acknowledged = acknowledges(sent.kind, status, answer?.body ?? '')
  book.write({
    t: 'mischief',
    kind: sent.kind,
    id: sent.id,
    sha: contentHash(sent.kind, body),
    how,
    status,
    acknowledged,
  })
}

/** The body that goes out; its signature stays the one of the true message. */
export function bodyFor(how: Mischief, { kind, body }: Pick<Sent, 'kind' | 'body'>): string {
  if (how === 'cut_short') return body.slice(0, Math.floor(body.length * 0.6))
  if (how !== 'tamper') return body
  const marker = SIGNED_FROM[kind]
  const from = marker === undefined ? 0 : body.indexOf(marker) + marker.length
  const at = from + body.slice(from).search(/\d/)
  const digit = (Number(body[at]) + 1) % 10
  return `${body.slice(0, at)}${digit}${body.slice(at + 1)}`
}

function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  breaksOff: boolean,
): Promise<{ readonly status: number; readonly body: string } | null> {
  return new Promise((resolve) => {
    const bytes = Buffer.from(body, 'utf8')
    const options = {
      method: 'POST',
      headers: { ...headers, 'content-length': String(bytes.length) },
      timeout: 10_000,
    }
    const outgoing = request(url, options, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', () => resolve(null))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }),
      )
    })
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => resolve(null))
    if (!breaksOff) {
      outgoing.end(bytes)
      return
    }
    outgoing.write(bytes.subarray(0, bytes.length >> 1))
    setTimeout(() => outgoing.destroy(), 50)
  })
}
