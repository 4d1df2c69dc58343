import {
  closeSync,
  existsSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import type { SimOrder } from '../platform.ts'

// The world's own book: one JSON line per thing that happened, each on the disk before anybody hears of it. What the hub says of
// itself is compared with this and with nothing else.

/** How an order's life is meant to go. */
export type Course = {
  readonly pays: boolean
  readonly cancels: boolean
  readonly prints: boolean
  readonly bySf: boolean
  readonly feed: 'kuaidi100' | 'kdniao'
  /** Scans that its parcel gets, 0 to 4. */
  readonly scans: number
  readonly completes: boolean
  /** The hub sends its parcels by itself; nobody prints anything for it elsewhere. */
  readonly byHub?: boolean
  /** How long after paying a buyer thinks better of it, so that a cancellation meets a parcel anywhere on its way. */
  readonly cancelAfterMs?: number
}
export type Step = 'paid' | 'cancelled' | 'printed' | 'scan-1' | 'scan-2' | 'scan-3' | 'scan-4' | 'completed'

/** What an impostor or a broken network does with a message that was sent before. */
export type Mischief = 'replay' | 'tamper' | 'cut_short' | 'broken_off'

export type Entry =
  | { readonly t: 'start'; readonly epoch: number; readonly at: string }
  | { readonly t: 'order'; readonly kind: string; readonly order: SimOrder }
  | {
      readonly t: 'message'
      readonly kind: string
      readonly id: string
      readonly sha: string
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  | {
      readonly t: 'attempt'
      readonly kind: string
      readonly id: string
      readonly sha: string
      readonly forged: boolean
      readonly status: number | null
      readonly acknowledged: boolean
      readonly at: string
    }
  | {
      readonly t: 'mischief'
      readonly kind: string
      readonly id: string
      readonly sha: string
      readonly how: Mischief
      readonly status: number | null
      readonly acknowledged: boolean
    }
  | { readonly t: 'life'; readonly kind: string; readonly orderNo: string; readonly course: Course }
  | { readonly t: 'step'; readonly orderNo: string; readonly step: Step; readonly trackingNo: string | null }
  | { readonly t: 'call'; readonly kind: string; readonly fault: string; readonly reached: boolean }
  | {
      readonly t: 'notice'
      readonly id: string
      readonly sha: string
      readonly body: string
      readonly answered: boolean
    }

export type Book = { readonly write: (entry: Entry) => void; readonly close: () => void }

/** Opens the book for appending; what a killed writer left half-written at the end is cut off. */
export function openBook(path: string): Book {
  if (existsSync(path)) {
    const bytes = readFileSync(path)
    const whole = bytes.lastIndexOf(10) + 1
    if (whole < bytes.length) truncateSync(path, whole)
  }
  const file = openSync(path, 'a', 0o600)
  return {
    write: (entry) => {
      const bytes = Buffer.from(`${JSON.stringify(pack(entry))}\n`, 'utf8')
      for (let written = 0; written < bytes.length; )
        written += writeSync(file, bytes, written, bytes.length - written)
      fdatasyncSync(file)
    },
    close: () => closeSync(file),
  }
}

/** Every whole line; a torn one at the end never happened. */
export function readBook(path: string): Entry[] {
  if (!existsSync(path)) return []
  const text = readFileSync(path, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => unpack(JSON.parse(line)) as Entry)
}

/** JSON has neither big integers nor instants nor maps. */
function pack(value: unknown): unknown {
  if (typeof value === 'bigint') return { $big: String(value) }
  if (value instanceof Temporal.Instant) return { $at: value.toString() }
  if (value instanceof Map) return { $map: [...value].map(([key, one]) => [key, pack(one)]) }
  if (Array.isArray(value)) return value.map(pack)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, pack(one)]))
}

function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpack)
  if (typeof value !== 'object' || value === null) return value
  const { $big, $at, $map } = value as { $big?: string; $at?: string; $map?: [string, unknown][] }
  if ($big !== undefined) return BigInt($big)
  if ($at !== undefined) return Temporal.Instant.from($at)
  if ($map !== undefined) return new Map($map.map(([key, one]) => [key, unpack(one)]))
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, unpack(one)]))
}
