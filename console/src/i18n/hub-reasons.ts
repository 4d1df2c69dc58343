import type { TextKey } from './dictionary.ts'
import type { Wording } from './language.tsx'

type Told = { readonly pattern: RegExp; readonly text: TextKey }

/** What the hub writes as the reason of a hold or of its end. A person's own words match none and stand as they are. */
const HUB_REASONS: readonly Told[] = [
  { pattern: /^(.+) at (\S+): (\d+) wanted, (-?\d+) available$/, text: 'hubReason.short' },
  { pattern: /^dispatched: order (.+)$/, text: 'hubReason.dispatched' },
  { pattern: /^order ([a-z]+(?:_[a-z]+)*)$/, text: 'hubReason.status' },
  { pattern: /^order (.+)$/, text: 'hubReason.order' },
  { pattern: /^given to another order$/, text: 'hubReason.given' },
  { pattern: /^the demand changed$/, text: 'hubReason.demand' },
  { pattern: /^transfer$/, text: 'hubReason.transfer' },
  { pattern: /^turned back: (.+)$/, text: 'hubReason.turnedBack' },
  { pattern: /^held twice: the newer lock at another warehouse stays$/, text: 'hubReason.twice' },
  { pattern: /^the warehouse says that fewer are there$/, text: 'hubReason.fewer' },
  { pattern: /^answered after the deadline$/, text: 'hubReason.late' },
  { pattern: /^deadline$/, text: 'hubReason.deadline' },
  { pattern: /^forced unlock (.+)$/s, text: 'hubReason.forced' },
]

export function reasonWords(reason: string, { t, word }: Pick<Wording, 't' | 'word'>): string {
  for (const { pattern, text } of HUB_REASONS) {
    const match = pattern.exec(reason)
    if (match === null) continue
    const [, what = '', warehouse = '', wanted = '', available = ''] = match
    return t(text, {
      what: text === 'hubReason.status' ? word('status', what) : what,
      warehouse,
      wanted,
      available,
    })
  }
  return reason
}
