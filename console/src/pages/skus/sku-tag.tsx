import { useWording } from '#/i18n/language.tsx'
import { Tag } from '#/parts/tag.tsx'
import type { Tone } from '#/theme/palette.ts'

/** Tags that rules, warehouses and carriers share; others are the shop's own words. */
export const KNOWN_TAGS = ['frozen', 'chilled', 'hazmat', 'fragile', 'liquid', 'oversize', 'presale'] as const
type KnownTag = (typeof KNOWN_TAGS)[number]
const TONES: Readonly<Partial<Record<KnownTag, Tone>>> = { frozen: 'move', chilled: 'move', hazmat: 'bad' }

export function useTagName(): (tag: string) => string {
  const { t } = useWording()
  return (tag) => (isKnown(tag) ? t(`skuProfiles.tag.${tag}`) : tag)
}

export function SkuTag({ tag }: { readonly tag: string }) {
  const name = useTagName()
  return (
    <Tag tone={(isKnown(tag) ? TONES[tag] : undefined) ?? 'neutral'} title={tag}>
      {name(tag)}
    </Tag>
  )
}

function isKnown(tag: string): tag is KnownTag {
  return (KNOWN_TAGS as readonly string[]).includes(tag)
}
