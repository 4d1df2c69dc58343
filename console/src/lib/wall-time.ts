import { epochOfWall, type Wall } from './time.ts'

/** How a cell's text is understood before any zone: a moment of its own, a wall clock, only a day, or nothing. */
export type CellTime =
  | { readonly kind: 'instant'; readonly epochMs: number }
  | { readonly kind: 'wall'; readonly wall: Wall }
  | { readonly kind: 'day' }
  | { readonly kind: 'unread' }

const UNREAD: CellTime = { kind: 'unread' }

/**
 * Reads a time for the preview beside the mapping: `''`/`iso`, `epoch`, `excel`, or LDML letters (`M/d/yyyy H:mm`). The hub
 * reads the file itself, with more care; the dry run is its word.
 */
export function readCell(text: string, format: string): CellTime {
  const raw = text.trim()
  if (format === 'epoch') return readEpoch(raw)
  if (format === 'excel') return readSerial(raw)
  return format === '' || format === 'iso' ? readIso(raw) : readLetters(raw, format)
}

const EPOCH_SCALE: Readonly<Record<number, number>> = { 10: 1_000, 13: 1, 16: 0.001, 19: 0.000_001 }
function readEpoch(raw: string): CellTime {
  const scale = /^\d+$/.test(raw) ? EPOCH_SCALE[raw.length] : undefined
  return scale === undefined ? UNREAD : { kind: 'instant', epochMs: Math.floor(Number(raw) * scale) }
}

/** Days since 1899-12-30, as spreadsheets count them. */
function readSerial(raw: string): CellTime {
  const days = Number(raw)
  if (raw === '' || Number.isNaN(days) || days < 61) return UNREAD
  return wallOf(Math.round((days - 25_569) * 86_400_000))
}

function wallOf(ms: number): CellTime {
  const [day = '', clock = ''] = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'UTC',
    dateStyle: 'short',
    timeStyle: 'medium',
  })
    .format(ms)
    .split(' ')
  return readIso(`${day} ${clock}`)
}

const ISO =
  /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/
function readIso(raw: string): CellTime {
  const m = ISO.exec(raw)
  if (!m) return UNREAD
  const [, year, month, day, hour, minute, second, offset] = m
  const wall = toWall(year, month, day, hour, minute, second)
  if (wall === null) return UNREAD
  if (hour === undefined) return { kind: 'day' }
  if (offset === undefined) return { kind: 'wall', wall }
  return { kind: 'instant', epochMs: epochOfWall(wall) - offsetMinutes(offset) * 60_000 }
}

const LETTERS = /yyyy|yy|MM|M|dd|d|HH|H|hh|h|mm|m|ss|s|a/g
function readLetters(raw: string, format: string): CellTime {
  const names: string[] = []
  const pattern = format
    .split(LETTERS)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .reduce((out, text, index) => {
      const letter = format.match(LETTERS)?.[index - 1] ?? ''
      names.push(letter.charAt(0))
      return `${out}${letter === 'a' ? '([AaPp][Mm])' : letter === 'yyyy' ? '(\\d{4})' : '(\\d{1,2})'}${text}`
    })
  const m = new RegExp(`^${pattern}$`).exec(raw)
  if (!m) return UNREAD
  const part = (letter: string) => {
    const at = names.indexOf(letter)
    return at < 0 ? undefined : m[at + 1]
  }
  const year = part('y')
  const half = part('a')?.toLowerCase()
  const twelve = part('h')
  const hour = twelve === undefined ? part('H') : String((Number(twelve) % 12) + (half === 'pm' ? 12 : 0))
  const full = year?.length === 2 ? `20${year}` : year
  const wall = toWall(full, part('M'), part('d'), hour, part('m'), part('s'))
  if (wall === null) return UNREAD
  return hour === undefined ? { kind: 'day' } : { kind: 'wall', wall }
}

function toWall(...parts: readonly (string | undefined)[]): Wall | null {
  const [year = Number.NaN, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((part) =>
    Number(part ?? 0),
  )
  const fits =
    year > 1900 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 31 &&
    hour < 24 &&
    minute < 60 &&
    second < 60
  return fits ? { year, month, day, hour, minute, second } : null
}

function offsetMinutes(offset: string): number {
  if (offset === 'Z') return 0
  const digits = offset.replace(/\D/g, '')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4))
  return offset.startsWith('-') ? -minutes : minutes
}

/** Offset of a zone at a moment, in minutes east of UTC; null for a zone that the browser does not know. */
export function zoneOffset(zone: string, epochMs: number): number | null {
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      timeZoneName: 'longOffset',
    }).formatToParts(epochMs)
    const name = parts.find((part) => part.type === 'timeZoneName')?.value.replace('GMT', '') ?? ''
    return name === '' ? 0 : offsetMinutes(name)
  } catch {
    return null
  }
}

/** Every moment at which a zone's clocks showed this: none in the skipped hour, two in the repeated one. */
export function momentsOf(wall: Wall, zone: string): readonly { epochMs: number; offset: number }[] | null {
  const asUtc = epochOfWall(wall)
  const offsets = [asUtc - 86_400_000, asUtc + 86_400_000].map((ms) => zoneOffset(zone, ms))
  if (offsets.includes(null)) return null
  return [...new Set(offsets as number[])]
    .map((offset) => ({ epochMs: asUtc - offset * 60_000, offset }))
    .filter(({ epochMs, offset }) => zoneOffset(zone, epochMs) === offset)
    .toSorted((a, b) => a.epochMs - b.epochMs)
}

/** `-03:00` */
export function offsetText(minutes: number): string {
  const size = Math.abs(minutes)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** `2026-01-25 09:07:33` of a moment on a zone's clocks. */
export function clockIn(zone: string, epochMs: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(
    epochMs,
  )
}
