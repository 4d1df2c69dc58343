/** What a run has beside shops, a print station and carriers. */
export const PARTS = ['stock', 'rules', 'parcels', 'redis', 'rabbitmq'] as const
export type Part = (typeof PARTS)[number]
export type Parts = ReadonlySet<Part>

/** A plan needs stock, and rules and waybills need a plan. */
const NEEDS: Readonly<Partial<Record<Part, Part>>> = { rules: 'stock', parcels: 'stock', redis: 'stock' }

export const ALL_PARTS: Parts = new Set(PARTS)

/** `stock,parcels`, `all` or `none`; answers what is wrong with the text. */
export function parseParts(text: string): Parts | string {
  if (text === 'all') return ALL_PARTS
  if (text === 'none') return new Set()
  const found = new Set<Part>()
  for (const word of text.split(',')) {
    const part = PARTS.find((one) => one === word.trim())
    if (part === undefined) return `--with knows ${PARTS.join(', ')}, all and none, not "${word}"`
    found.add(part)
    const need = NEEDS[part]
    if (need !== undefined) found.add(need)
  }
  return found
}
