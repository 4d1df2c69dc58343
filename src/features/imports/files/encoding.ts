export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030'

/** Encodings that a template may name instead of the detected one. */
export const ENCODINGS = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'gb18030',
  'big5',
  'shift_jis',
  'euc-kr',
  'windows-1250',
  'windows-1251',
  'windows-1252',
  'iso-8859-1',
] as const

export type EncodingProbe = {
  readonly add: (chunk: Uint8Array) => void
  /** Null: neither Unicode nor GB18030, so that somebody has to name it. */
  readonly end: () => Encoding | null
}

/**
 * Finds a text's encoding while its bytes go by: byte order mark, then UTF-16 by its zero bytes, then UTF-8 where every byte
 * is valid, else GB18030 (which Chinese spreadsheets save by default). The whole file is looked at: a file may be plain
 * ASCII for its first megabyte.
 */
export function probeEncoding(): EncodingProbe {
  const candidates = new Map<Encoding, TextDecoder>([
    ['utf-8', new TextDecoder('utf-8', { fatal: true })],
    ['gb18030', new TextDecoder('gb18030', { fatal: true })],
  ])
  let head = Buffer.alloc(0)
  const keep = (chunk: Uint8Array): void => {
    if (head.length < HEAD) head = Buffer.concat([head, chunk.subarray(0, HEAD - head.length)])
  }
  const feed = (chunk?: Uint8Array): void => {
    for (const [name, decoder] of candidates) {
      try {
        decoder.decode(chunk, { stream: chunk !== undefined })
      } catch {
        candidates.delete(name)
      }
    }
  }
  return {
    add: (chunk) => {
      keep(chunk)
      // While UTF-8 holds, nobody asks for the second candidate's answer, but its state must go along.
      feed(chunk)
    },
    end: () => {
      feed()
      const wide = wideEncoding(head)
      if (wide !== null) return wide
      if (candidates.has('utf-8')) return 'utf-8'
      return candidates.has('gb18030') ? 'gb18030' : null
    },
  }
}

const HEAD = 4_096

function wideEncoding(head: Buffer): Encoding | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  if (head.length < 4) return null
  let even = 0
  let odd = 0
  for (const [i, byte] of head.entries()) {
    if (byte !== 0) continue
    if (i % 2 === 0) even += 1
    else odd += 1
  }
  // Latin letters in UTF-16 have a zero in every second byte; separators alone make a tenth of a Chinese text.
  const enough = head.length / 40
  if (odd > enough && even < odd / 10) return 'utf-16le'
  if (even > enough && odd < even / 10) return 'utf-16be'
  return null
}
